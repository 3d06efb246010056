import { type Personality, personalitySchema, plainPersonality } from './personality.ts';
import { integerBetween, seededRandom } from './random.ts';

/** Values worth trying where any number is allowed. */
const numbers: { readonly [K in keyof Personality]?: readonly Personality[K][] } = {
  maxPageSize: [1, 3, 10, 50, 100, 1000],
  maxRangeSeconds: [null, 3600, 86_400, 31 * 86_400],
  tokenLifetimeSeconds: [5, 60, 3600],
  auditSeconds: [null, 0, 60],
};

/**
 * Some vendor: every question that the guide leaves open, answered at random.
 *
 * @example
 * await control.run('merchants/configure', { personality: randomPersonality(seed) });
 */
export function randomPersonality(seed: number): Personality {
  const random = seededRandom(seed);
  const drawn: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(personalitySchema.shape)) {
    const options = optionsOf(field, schema);
    if (options.length > 0) drawn[field] = options[integerBetween(random, 0, options.length - 1)];
  }
  return personalitySchema.parse({ ...plainPersonality, ...drawn });
}

type FieldSchema = (typeof personalitySchema.shape)[keyof Personality];

function optionsOf(field: string, schema: FieldSchema): readonly unknown[] {
  if ('options' in schema) return schema.options;
  if (schema.type === 'boolean') return [true, false];
  const named: { readonly [field: string]: readonly unknown[] | undefined } = numbers;
  return named[field] ?? [];
}
