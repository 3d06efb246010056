import type { BuiltInCalendar } from './built-in-calendar.ts';
import { KOREA } from './korea.ts';

/** Countries whose public holidays a release may `use`, by ISO 3166 code. */
export const COUNTRIES = ['KR'] as const;
export type Country = (typeof COUNTRIES)[number];

export const HOLIDAYS: Record<Country, BuiltInCalendar> = { KR: KOREA };
export type { BuiltInCalendar };
