import { z } from 'zod';
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

export const calendarSchema = z.strictObject({
  id,
  name: name.optional(),
  dates: z.array(z.strictObject({ date, name: name.optional() })).default([]),
  except: z.array(date).default([]).describe('Dates of this calendar that are ordinary days here after all.'),
  source: z.string().max(300).optional().describe('Where the dates come from.'),
  checkedOn: date.optional().describe('When the dates were last compared with their source.'),
  coversUntil: date.optional().describe('First date of which this calendar says nothing any more.'),
});
