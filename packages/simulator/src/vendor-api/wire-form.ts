import type { Personality } from '../world/personality.ts';
import type { JsonObject } from '../world/records.ts';
import { formatSeoulTime } from '../world/seoul-time.ts';

/**
 * A time as this vendor writes it.
 *
 * @param inGuide how the guide's sample of this very field separates date and time
 */
export function timestamp(personality: Personality, atMs: number, inGuide: 'T' | 'blank' = 'T'): string {
  const form = personality.timestamps === 'guide' ? inGuide : personality.timestamps;
  return formatSeoulTime(atMs, {
    separator: form === 'T' ? 'T' : ' ',
    milliseconds: personality.subSecond === 'shown',
  });
}

/** An optional field: with its value, or as this vendor writes that it has none. */
export function optionalField(personality: Personality, name: string, value: unknown): JsonObject {
  if (value !== undefined && value !== null) return { [name]: value };
  return personality.absentFields === 'null' ? { [name]: null } : {};
}
