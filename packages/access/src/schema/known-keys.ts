import type { z } from 'zod';

type Schema = z.core.$ZodType;

/**
 * The keys a schema knows at a place of a document, none where it takes any. Read from the schema itself: whoever
 * bundles this for a door leaves zod's JSON Schema out.
 */
export function knownKeysAt(root: Schema, path: readonly (string | number)[]): readonly string[] {
  let schema: Schema | undefined = root;
  for (const step of path) schema = schema === undefined ? undefined : partOf(schema, step);
  const def = schema === undefined ? undefined : definitionOf(schema);
  return def?.type === 'object' ? Object.keys(def.shape) : [];
}

function partOf(schema: Schema, step: string | number): Schema | undefined {
  const def = definitionOf(schema);
  if (def.type === 'object') return Object.hasOwn(def.shape, step) ? def.shape[step] : undefined;
  if (def.type === 'array') return def.element;
  return def.type === 'record' ? def.valueType : undefined;
}

/** What a schema says beneath defaults, options and changes of what was read. */
function definitionOf(schema: Schema): z.core.$ZodTypes['_zod']['def'] {
  // Every schema is one of those zod makes; its general type cannot say so.
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return definitionOf(def.innerType);
    case 'pipe':
      return definitionOf(def.in._zod.def.type === 'transform' ? def.out : def.in);
    default:
      return def;
  }
}
