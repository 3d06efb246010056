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

/**
 * A copy without personal fields, at any depth, and without values that are the row's own `merchantUserKey`, whatever
 * the field is called.
 */
export function withoutPersonalFields(value: unknown, merchantUserKey: string | null): unknown {
  const without = (inner: unknown): unknown => {
    if (Array.isArray(inner)) return inner.filter((item) => !isKey(item)).map(without);
    if (typeof inner !== 'object' || inner === null) return inner;
    return Object.fromEntries(
      Object.entries(inner)
        .filter(([name, field]) => !isPersonalField(name) && !isKey(field))
        .map(([name, field]) => [name, without(field)]),
    );
  };
  // A key that is a number elsewhere is the same key.
  const isKey = (field: unknown): boolean =>
    merchantUserKey !== null &&
    (typeof field === 'string' || typeof field === 'number') &&
    String(field) === merchantUserKey;
  return without(value);
}
