import * as z from 'zod';
import { type BuiltInCalendar, COUNTRIES, HOLIDAYS } from '../holidays/index.ts';
import { WEEKDAYS } from '../weekdays.ts';
import { date, endTimeOfDay, id, name, timeOfDay, timeZone } from './primitives.ts';
import { WORDS } from './schema-words.ts';

export const window = z.strictObject({ from: timeOfDay, to: endTimeOfDay }).describe(WORDS.window);

const weeklyWindow = z
  .strictObject({ days: z.array(z.enum(WEEKDAYS)).min(1), from: timeOfDay, to: endTimeOfDay })
  .describe(WORDS.weeklyWindow);

const holiday = z
  .strictObject({ calendar: id, windows: z.array(window).default([]) })
  .describe(WORDS.holiday);

const override = z
  .strictObject({
    date,
    lastDate: date.optional().describe(WORDS.overrideLastDate),
    windows: z.array(window).default([]),
    note: z.string().max(200).optional(),
  })
  .describe(WORDS.override);

export const scheduleSchema = z.strictObject({
  id,
  name: name.optional(),
  timeZone: timeZone.optional().describe(WORDS.scheduleTimeZone),
  weekly: z.array(weeklyWindow).default([]),
  holidays: z.array(holiday).default([]),
  overrides: z.array(override).default([]),
});

export const calendarSchema = z
  .strictObject({
    id,
    use: z.enum(COUNTRIES).optional().describe(WORDS.calendarUse),
    name: name.optional(),
    dates: z.array(z.strictObject({ date, name: name.optional() })).default([]),
    except: z.array(date).default([]).describe(WORDS.calendarExcept),
    source: z.string().max(300).optional().describe(WORDS.calendarSource),
    checkedOn: date.optional().describe(WORDS.calendarCheckedOn),
    coversUntil: date.optional().describe(WORDS.calendarCoversUntil),
  })
  .transform(({ use, ...own }) => (use === undefined ? own : takeOver(HOLIDAYS[use], own)));

interface OwnCalendar {
  readonly id: string;
  readonly name?: string | undefined;
  readonly dates: readonly { readonly date: string; readonly name?: string | undefined }[];
  readonly except: readonly string[];
  readonly source?: string | undefined;
  readonly checkedOn?: string | undefined;
  readonly coversUntil?: string | undefined;
}

/** The dates themselves become part of the release: what was published stays what it was. The operator's own win. */
function takeOver({ coversFrom: _, ...builtIn }: BuiltInCalendar, own: OwnCalendar) {
  const dates = new Map([...builtIn.dates, ...own.dates].map((day) => [day.date, day]));
  return {
    id: own.id,
    name: own.name ?? builtIn.name,
    dates: [...dates.values()].sort((a, b) => (a.date < b.date ? -1 : 1)),
    except: [...own.except],
    source: own.source ?? builtIn.source,
    checkedOn: own.checkedOn ?? builtIn.checkedOn,
    coversUntil: own.coversUntil ?? builtIn.coversUntil,
  };
}
