import ICAL from 'ical.js';
import { AccessError } from '../access-error.ts';
import { DAY_MS, dateOfDay, dayNumber } from '../civil-time.ts';
import type { Calendar } from '../model.ts';
import { recurringDays, whyNotFollowed } from './recurring-days.ts';

export interface ImportOptions {
  readonly id: string;
  readonly name?: string;
  /** First date to take over, `YYYY-MM-DD`. */
  readonly from: string;
  /** First date not to take over any more: how far the calendar is to be trusted. */
  readonly until: string;
  /** Where the file comes from, for the record. */
  readonly source?: string;
  /** Today, as the date on which the calendar was checked. */
  readonly checkedOn?: string;
}

/** An event that is no holiday, and why. */
export interface SkippedEvent {
  readonly summary: string;
  readonly why: 'has a time of day' | 'is cancelled';
}

export interface ImportedCalendar {
  readonly calendar: Calendar;
  readonly skipped: readonly SkippedEvent[];
}

/** A longer event is a mistake, or not a holiday. */
const DAYS_MAX = 62;
/** Days looked at for all recurrences of a file: thousands of years, or hundreds of events over decades. */
const LOOKS_MAX = 2_000_000;
/** Longest name of a day that a release takes. */
const NAME_MAX = 60;

/**
 * Reads the all-day events of an iCalendar file (RFC 5545) as a holiday calendar: events of several days, yearly
 * and other recurrences, excluded and moved dates. Events with a time of day are not holidays and are reported.
 *
 * @throws AccessError `invalid_calendar` where the text is not iCalendar, an event's dates make no sense, or it recurs
 * in a way that is not followed: a day off that is silently missing would open doors
 */
export function importCalendar(text: string, options: ImportOptions): ImportedCalendar {
  try {
    return importEvents(text, options);
  } catch (error) {
    if (error instanceof AccessError) throw error;
    throw invalid(`expected an iCalendar file: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function importEvents(text: string, options: ImportOptions): ImportedCalendar {
  const from = dayOf(options.from, 'from');
  const until = dayOf(options.until, 'until');
  if (until <= from) throw invalid(`until ${options.until} is not after from ${options.from}`);
  const names = new Map<number, string>();
  const skipped: SkippedEvent[] = [];
  let looks = 0;
  const look = (): void => {
    looks += 1;
    if (looks > LOOKS_MAX) throw invalid('recurs so often, or for so long, that it cannot be followed');
  };
  for (const { component, moved } of eventsOf(text)) {
    const event = readEvent(component);
    if (event.why !== null) {
      skipped.push({ summary: event.name, why: event.why });
      continue;
    }
    const starts = startsOf(component, event.day, until, look);
    for (const exception of moved) {
      starts.delete(firstDayOf(exception, 'recurrence-id', event.name));
      const own = readEvent(exception, event.name);
      if (own.why === null) cover(own, own.day);
      else if (own.why === 'has a time of day') skipped.push({ summary: own.name, why: own.why });
    }
    for (const start of starts) cover(event, start);
  }

  function cover({ name, days }: AllDayEvent, start: number): void {
    for (let day = Math.max(start, from); day < Math.min(start + days, until); day += 1) {
      if (!names.has(day)) names.set(day, name);
    }
  }

  return {
    calendar: {
      id: options.id,
      ...(options.name !== undefined && { name: options.name }),
      dates: [...names]
        .sort(([a], [b]) => a - b)
        .map(([day, name]) => ({ date: dateOfDay(day), ...(name !== '' && { name }) })),
      except: [],
      ...(options.source !== undefined && { source: options.source }),
      ...(options.checkedOn !== undefined && { checkedOn: options.checkedOn }),
      coversUntil: options.until,
    },
    skipped,
  };
}

interface EventWithMoves {
  readonly component: ICAL.Component;
  /** Single occurrences that were moved, renamed or cancelled. */
  readonly moved: readonly ICAL.Component[];
}

function eventsOf(text: string): readonly EventWithMoves[] {
  const events: { component: ICAL.Component; moved: ICAL.Component[] }[] = [];
  const byUid = new Map<string, ICAL.Component[]>();
  const exceptions: ICAL.Component[] = [];
  for (const component of componentsOf(text)) {
    if (!component.hasProperty('dtstart')) throw invalid('an event has no DTSTART');
    if (component.hasProperty('recurrence-id')) exceptions.push(component);
    else {
      const moved: ICAL.Component[] = [];
      events.push({ component, moved });
      const uid = uidOf(component);
      if (uid !== null) byUid.set(uid, moved);
    }
  }
  for (const component of exceptions) {
    const uid = uidOf(component);
    const moved = uid === null ? undefined : byUid.get(uid);
    // Without the event it belongs to it stands for itself.
    if (moved === undefined) events.push({ component, moved: [] });
    else moved.push(component);
  }
  return events;
}

function componentsOf(text: string): ICAL.Component[] {
  const parsed: unknown = ICAL.parse(text.replace(/^\uFEFF/, ''));
  // Several calendars in one file come as a list of what one would be.
  const calendars = Array.isArray(parsed) && Array.isArray(parsed[0]) ? parsed : [parsed];
  return calendars.flatMap((each) => {
    const calendar = new ICAL.Component(each);
    if (calendar.name !== 'vcalendar') throw invalid(`expected an iCalendar file, got a ${calendar.name}`);
    return calendar.getAllSubcomponents('vevent');
  });
}

function uidOf(component: ICAL.Component): string | null {
  const uid = component.getFirstPropertyValue('uid');
  return typeof uid === 'string' && uid !== '' ? uid : null;
}

/** An event that covers whole days, or why it does not. */
interface AllDayEvent {
  readonly name: string;
  readonly day: number;
  readonly days: number;
  readonly why: SkippedEvent['why'] | null;
}

function readEvent(component: ICAL.Component, otherwise = ''): AllDayEvent {
  const name = nameOf(component) || otherwise;
  const status = component.getFirstPropertyValue('status');
  if (String(status).toUpperCase() === 'CANCELLED') return { name, day: 0, days: 0, why: 'is cancelled' };
  if (component.getAllProperties('dtstart').some(isTime)) {
    return { name, day: 0, days: 0, why: 'has a time of day' };
  }
  const day = firstDayOf(component, 'dtstart', name);
  const days = lengthOf(component, day, name);
  if (days > DAYS_MAX) throw invalid(`"${name}" lasts more than ${DAYS_MAX} days`);
  return { name, day, days, why: null };
}

function nameOf(component: ICAL.Component): string {
  const summary = component.getFirstPropertyValue('summary');
  let name = '';
  for (const letter of typeof summary === 'string' ? summary.replace(/\s+/g, ' ').trim() : '') {
    if (name.length + letter.length > NAME_MAX) break;
    name += letter;
  }
  return name;
}

/** An all-day event ends before its DTEND; one without an end lasts a day, and so does one that ends as it begins. */
function lengthOf(component: ICAL.Component, day: number, name: string): number {
  const duration = component.getFirstPropertyValue('duration');
  const days = component.hasProperty('dtend')
    ? firstDayOf(component, 'dtend', name) - day
    : duration instanceof ICAL.Duration
      ? Math.ceil((duration.toSeconds() * 1000) / DAY_MS)
      : 1;
  if (days < 0) throw invalid(`"${name}" ends before it begins`);
  return Math.max(1, days);
}

/** Days on which an event begins, as far as its rules and lists of dates say. */
function startsOf(component: ICAL.Component, first: number, until: number, look: () => void): Set<number> {
  const name = nameOf(component);
  const starts = new Set([first]);
  for (const property of component.getAllProperties('rrule')) {
    const rule = property.getFirstValue();
    if (!(rule instanceof ICAL.Recur)) throw invalid(`"${name}" has a rule that cannot be read`);
    const why = whyNotFollowed(rule);
    if (why !== null) throw invalid(`"${name}" ${why}`);
    for (const day of recurringDays(rule, first, until, look)) starts.add(day);
  }
  for (const property of component.getAllProperties('rdate')) {
    for (const day of daysOf(property, name)) starts.add(day);
  }
  for (const property of component.getAllProperties('exdate')) {
    for (const day of daysOf(property, name)) starts.delete(day);
  }
  return starts;
}

/** The first value of a property that is a date, or a time on it. */
function firstDayOf(component: ICAL.Component, property: string, name: string): number {
  return component.getAllProperties(property).flatMap((each) => daysOf(each, name))[0] ?? noSuchDay(name);
}

/** Read from the text: a date that does not exist, such as the 30th of February, would be made another. */
function daysOf(property: ICAL.Property, name: string): number[] {
  return valuesOf(property).map((value) => {
    const date = value.slice(0, 'YYYY-MM-DD'.length);
    const day = dayNumber(date);
    return Number.isNaN(day) || dateOfDay(day) !== date || date < FIRST_DATE ? noSuchDay(name) : day;
  });
}

/** No calendar that is in use begins before this one did. */
const FIRST_DATE = '1583-01-01';

function noSuchDay(name: string): never {
  throw invalid(`"${name}" has a date that does not exist`);
}

/** `2026-12-25` for a date, `2026-12-25T09:00:00Z` for a time; many write a date as a time without digits. */
function valuesOf(property: ICAL.Property): string[] {
  const [, , , ...values] = property.toJSON();
  return values.map(String);
}

function isTime(property: ICAL.Property): boolean {
  return valuesOf(property).some((value) => /T\d/.test(value));
}

function dayOf(date: string, option: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(date) ? dayNumber(date) : Number.NaN;
  if (Number.isNaN(day)) throw invalid(`expected ${option} as a date such as "2026-12-31", got "${date}"`);
  return day;
}

function invalid(message: string): AccessError {
  return new AccessError('invalid_calendar', [{ path: [], message }]);
}
