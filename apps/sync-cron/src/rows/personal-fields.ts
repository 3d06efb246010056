/**
 * Names of fields that speak of a person. FacePass may add fields at any time; those that look like these are
 * left out of what is kept of unknown fields, at any depth. A device's or group's name is not a person's.
 */
const personal =
  /user|member|name|phone|mobile|email|mail|birth|gender|sex|address|^ci$|encrypted|resident|nation|photo|image|face/i;
const impersonal = /^(device|group|deviceGroup|merchant|site|zone|gate|area)_?name$/i;

function isPersonalField(name: string): boolean {
  return personal.test(name) && !impersonal.test(name);
}

/** A copy without personal fields, at any depth. */
export function withoutPersonalFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPersonalFields);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !isPersonalField(name))
      .map(([name, inner]) => [name, withoutPersonalFields(inner)]),
  );
}
