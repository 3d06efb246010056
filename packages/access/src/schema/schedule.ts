import * as z from 'zod';
import { type BuiltInCalendar, COUNTRIES, HOLIDAYS } from '../holidays/index.ts';
import { WEEKDAYS } from '../weekdays.ts';
import { date, endTimeOfDay, id, name, timeOfDay, timeZone } from './primitives.ts';

export const window = z.strictObject({ from: timeOfDay, to: endTimeOfDay }).meta({
  description: 'Open from `from` until just before `to`. A `to` not later than `from` is on the next day.',
});

const weeklyWindow = z
  .strictObject({ days: z.array(z.enum(WEEKDAYS)).min(1), from: timeOfDay, to: endTimeOfDay })
  .meta({ description: 'A window belongs to the day on which it begins, also where it crosses midnight.' });

const holiday = z.strictObject({ calendar: id, windows: z.array(window).default([]) }).meta({
  description:
    'What is open on the dates of a calendar, in place of the weekly windows; nothing unless windows are given. The first calendar in the list that has the date counts.',
});

const override = z
  .strictObject({
    date,
    lastDate: date.optional().describe('Last day of several, inclusive.'),
    windows: z.array(window).default([]),
    note: z.string().max(200).optional(),
  })
  .meta({
    description: 'What is open on a date, whatever week and holidays say; nothing unless windows are given.',
  });

export const scheduleSchema = z.strictObject({
  id,
  name: name.optional(),
  timeZone: timeZone
    .optional()
    .describe("Time zone of the windows; the site's unless given here or by the rule."),
  weekly: z.array(weeklyWindow).default([]),
  holidays: z.array(holiday).default([]),
  overrides: z.array(override).default([]),
});

export const calendarSchema = z
  .strictObject({
    id,
    use: z
      .enum(COUNTRIES)
      .optional()
      .describe('Takes over the public holidays of a country that come with this package, as they are now.'),
    name: name.optional(),
    dates: z.array(z.strictObject({ date, name: name.optional() })).default([]),
    except: z
      .array(date)
      .default([])
      .describe('Dates of this calendar that are ordinary days here after all.'),
    source: z.string().max(300).optional().describe('Where the dates come from.'),
    checkedOn: date.optional().describe('When the dates were last compared with their source.'),
    coversUntil: date.optional().describe('First date of which this calendar says nothing any more.'),
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
