// Types of what people write, inferred from the schemas. Only types are imported: whoever decides at the door
// loads no schema library for it.
import type { z } from 'zod';
import type { memberSchema } from './schema/member.ts';
import type { areaSchema, groupSchema, siteSchema, zoneSchema } from './schema/place.ts';
import type { releaseSchema } from './schema/release.ts';
import type { ruleSchema } from './schema/rule.ts';
import type { ruleTestSchema } from './schema/rule-test.ts';
import type { calendarSchema, scheduleSchema, window } from './schema/schedule.ts';

export type Release = z.infer<typeof releaseSchema>;
/** A release as it may be written: defaults left out, numbers for texts. */
export type ReleaseInput = z.input<typeof releaseSchema>;
export type Member = z.infer<typeof memberSchema>;
export type Site = z.infer<typeof siteSchema>;
export type Group = z.infer<typeof groupSchema>;
export type Zone = z.infer<typeof zoneSchema>;
export type Area = z.infer<typeof areaSchema>;
export type Rule = z.infer<typeof ruleSchema>;
export type Schedule = z.infer<typeof scheduleSchema>;
export type Calendar = z.infer<typeof calendarSchema>;
export type Window = z.infer<typeof window>;
export type RuleTest = z.infer<typeof ruleTestSchema>;
export type Messages = Release['messages'];

/** What FacePass asks at a door (guide, access permission API), and for which site where the caller knows it. */
export interface Question {
  readonly merchantUserKey: string;
  /** Whatever the partner set up for the device, such as `{ floor: '10', gate: 'A' }`. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly siteId?: string | undefined;
}

export type Effect = 'permit' | 'deny';
export type Direction = 'in' | 'out';
