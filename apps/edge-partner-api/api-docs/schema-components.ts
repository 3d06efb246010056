import * as z from 'zod';

/** JSON Schemas of an API document, with what several places share under `components/schemas`. */
export interface SchemaComponents {
  /** The schema as it may stand in the document: inline, or a reference where it has a name. */
  of(schema: z.ZodType, io: 'input' | 'output'): z.core.JSONSchema.BaseSchema;
  /** Everything that was referred to so far. */
  readonly all: Readonly<Record<string, object>>;
}

/** @param named schemas that get a name of their own instead of being repeated */
export function createSchemaComponents(named: Readonly<Record<string, z.ZodType>>): SchemaComponents {
  const all: Record<string, object> = {};
  const nameOf = new Map(Object.entries(named).map(([name, schema]) => [schema, name]));

  const convert = (schema: z.ZodType, io: 'input' | 'output') => {
    const { $schema: _, $defs = {}, ...root } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
    // zod keeps recursive parts beside the schema; in an OpenAPI document a reference starts at its root.
    const renamed = Object.keys($defs).map((name, position) => [name, `Recursive${position + 1}`] as const);
    const moved = <T extends object>(part: T): T =>
      // The same JSON with other references in it.
      JSON.parse(
        renamed.reduce(
          (text, [name, component]) =>
            text.replaceAll(`"#/$defs/${name}"`, `"#/components/schemas/${component}"`),
          JSON.stringify(part),
        ),
      ) as T;
    for (const [name, component] of renamed) {
      const part = moved($defs[name] ?? {});
      if (all[component] !== undefined && JSON.stringify(all[component]) !== JSON.stringify(part)) {
        throw new Error(`two different schemas would be called ${component}: give one of them a name`);
      }
      all[component] = part;
    }
    return moved(root);
  };

  return {
    all,
    of(schema, io) {
      const name = nameOf.get(schema);
      if (name === undefined) return convert(schema, io);
      all[name] ??= convert(schema, io);
      return { $ref: `#/components/schemas/${name}` };
    },
  };
}
