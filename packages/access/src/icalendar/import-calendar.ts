import ICAL from 'ical.js';
import { AccessError } from '../access-error.ts';
import { dateOfDay, dayNumber } from '../civil-time.ts';
import type { Calendar } from '../model.ts';

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
const MOST_DAYS = 62;
/** Occurrences of one event looked at: daily ones over some years. */
const MOST_OCCURRENCES = 5000;

/**
 * Reads the all-day events of an iCalendar file (RFC 5545) as a holiday calendar: events of several days, yearly
 * and other recurrences, excluded and moved dates. Events with a time of day are not holidays and are reported.
 *
 * @throws AccessError `invalid_calendar` where the text is not iCalendar, or an event's dates make no sense
 */
export function importCalendar(text: string, options: ImportOptions): ImportedCalendar {
  const dates = new Map<string, string>();
  const skipped: SkippedEvent[] = [];
  for (const event of eventsOf(text)) {
    const summary = event.summary ?? '';
    if (event.component.getFirstPropertyValue('status') === 'CANCELLED') {
      skipped.push({ summary, why: 'is cancelled' });
    } else if (!event.startDate.isDate) {
      skipped.push({ summary, why: 'has a time of day' });
    } else {
      for (const [date, name] of daysOf(event, options)) if (!dates.has(date)) dates.set(date, name);
    }
  }
  const sorted = [...dates].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    calendar: {
      id: options.id,
      ...(options.name !== undefined && { name: options.name }),
      dates: sorted.map(([date, name]) => (name === '' ? { date } : { date, name })),
      except: [],
      ...(options.source !== undefined && { source: options.source }),
      ...(options.checkedOn !== undefined && { checkedOn: options.checkedOn }),
      coversUntil: options.until,
    },
    skipped,
  };
}

/** Events with the moved occurrences that belong to them. */
function eventsOf(text: string): ICAL.Event[] {
  let components: ICAL.Component[];
  try {
    components = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent');
  } catch (error) {
    throw invalid(`expected an iCalendar file: ${error instanceof Error ? error.message : String(error)}`);
  }
  const isException = (component: ICAL.Component): boolean => component.hasProperty('recurrence-id');
  return components
    .filter((component) => !isException(component))
    .map((component) => {
      const uid = component.getFirstPropertyValue('uid');
      const exceptions = components.filter(
        (other) => isException(other) && other.getFirstPropertyValue('uid') === uid,
      );
      if (!component.hasProperty('dtstart')) throw invalid('an event has no DTSTART');
      return new ICAL.Event(component, { exceptions });
    });
}

function* daysOf(event: ICAL.Event, { from, until }: ImportOptions): Generator<[date: string, name: string]> {
  if (!event.isRecurring()) {
    yield* within(event, event.startDate, event.endDate, from, until);
    return;
  }
  const occurrences = event.iterator();
  for (let count = 0; count < MOST_OCCURRENCES; count += 1) {
    const next = occurrences.next();
    if (!next || dateOf(next) >= until) return;
    const { item, startDate, endDate } = event.getOccurrenceDetails(next);
    yield* within(item, startDate, endDate, from, until);
  }
}

/** An all-day event ends before its DTEND; one without DTEND lasts a day. */
function* within(
  item: ICAL.Event,
  start: ICAL.Time,
  end: ICAL.Time | null,
  from: string,
  until: string,
): Generator<[date: string, name: string]> {
  const first = dayNumber(dateOf(start));
  const after = end === null ? first + 1 : Math.max(first + 1, dayNumber(dateOf(end)));
  if (after - first > MOST_DAYS) throw invalid(`"${item.summary}" lasts more than ${MOST_DAYS} days`);
  for (let day = first; day < after; day += 1) {
    const date = dateOfDay(day);
    if (date >= from && date < until) yield [date, item.summary ?? ''];
  }
}

function dateOf(time: ICAL.Time): string {
  return time.toString().slice(0, 'YYYY-MM-DD'.length);
}

function invalid(message: string): AccessError {
  return new AccessError('invalid_calendar', [{ path: [], message }]);
}
