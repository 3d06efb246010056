import { timeZoneSchema } from '@facepass-kit/access/schema';
import type { WebhookAlert } from '@facepass-kit/protocol';
import * as z from 'zod';

const minutes = z
  .int()
  .min(1)
  .max(24 * 60);
const count = z.int().min(1);
const timeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'expected HH:MM');
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** What is worth an alert. `false` switches a rule off. */
export const alertRules = z.strictObject({
  /** Of at least `atLeast` questions in `minutes`, this share was denied. */
  denials: z
    .union([
      z.literal(false),
      z.strictObject({
        share: z.number().gt(0).max(1).default(0.5),
        atLeast: count.default(20),
        minutes: minutes.default(5),
        /** Denials that are meant. */
        except: z.array(z.string()).default(['lockdown']),
      }),
    ])
    .prefault({}),
  /** Not one question in `minutes` while the doors are open. Without opening hours there is no such alert. */
  silence: z
    .union([
      z.literal(false),
      z.strictObject({
        minutes: minutes.default(30),
        timeZone: timeZoneSchema.default('Asia/Seoul'),
        hours: z
          .array(
            z
              .strictObject({ days: z.array(z.enum(DAYS)).min(1), from: timeOfDay, to: timeOfDay })
              .refine(({ from, to }) => from < to, 'expected from before to; midnight is 24:00 and 00:00'),
          )
          .min(1),
      }),
    ])
    .default(false),
  /** The same trouble in the log at least this often: guard or KV out of reach, a decision lost. */
  trouble: z
    .union([z.literal(false), z.strictObject({ atLeast: count.default(3), minutes: minutes.default(5) })])
    .prefault({}),
});
export type AlertRules = z.output<typeof alertRules>;

/** How often each name was counted in the last minutes. */
export type CountsOf = (minutes: number) => Promise<ReadonlyMap<string, number>>;

/** The alerts that are due now. */
export async function dueAlerts(
  rules: AlertRules,
  countsOf: CountsOf,
  nowMs: number,
): Promise<WebhookAlert[]> {
  const found = await Promise.all([
    denialSpike(rules.denials, countsOf),
    silence(rules.silence, countsOf, nowMs),
    troubles(rules.trouble, countsOf),
  ]);
  return found.flat().map((alert) => ({ ...alert, at: nowMs }));
}

type Found = Omit<WebhookAlert, 'at'>[];

async function denialSpike(rule: AlertRules['denials'], countsOf: CountsOf): Promise<Found> {
  if (rule === false) return [];
  const counts = await countsOf(rule.minutes);
  const denials = [...counts].flatMap(([name, times]): [string, number][] => {
    const reason = /^deny\.(.*)$/.exec(name)?.[1];
    return reason === undefined || rule.except.includes(reason) ? [] : [[reason, times]];
  });
  const denied = denials.reduce((sum, [, times]) => sum + times, 0);
  const questions = denied + (counts.get('permit') ?? 0);
  if (questions < rule.atLeast || denied / questions < rule.share) return [];
  const reasons = denials
    .sort(([, a], [, b]) => b - a)
    .map(([reason, times]) => `${reason} ${times}`)
    .join(', ');
  return [{ type: 'edge.denials', fields: { questions, denied, minutes: rule.minutes, reasons } }];
}

async function silence(rule: AlertRules['silence'], countsOf: CountsOf, nowMs: number): Promise<Found> {
  if (rule === false || !isOpenThroughout(rule, nowMs)) return [];
  const counts = await countsOf(rule.minutes);
  const isAsked = [...counts.keys()].some((name) => name === 'permit' || name.startsWith('deny.'));
  return isAsked ? [] : [{ type: 'edge.silence', fields: { minutes: rule.minutes } }];
}

async function troubles(rule: AlertRules['trouble'], countsOf: CountsOf): Promise<Found> {
  if (rule === false) return [];
  return [...(await countsOf(rule.minutes))].flatMap(([name, times]) => {
    const event = /^trouble\.(.*)$/.exec(name)?.[1];
    if (event === undefined || times < rule.atLeast) return [];
    return [{ type: 'edge.trouble', subject: event, fields: { times, minutes: rule.minutes } }];
  });
}

const STEP_MINUTES = 5;

/** Whether the doors were open all the time that is looked back over: silence before opening means nothing. */
function isOpenThroughout(rule: Exclude<AlertRules['silence'], false>, nowMs: number): boolean {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: rule.timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  for (let back = 0; back <= rule.minutes; back += Math.min(STEP_MINUTES, Math.max(1, rule.minutes - back))) {
    const parts = new Map(
      format.formatToParts(nowMs - back * 60_000).map(({ type, value }) => [type, value]),
    );
    const time = `${parts.get('hour')}:${parts.get('minute')}`;
    const day = parts.get('weekday')?.toLowerCase();
    const isOpen = rule.hours.some(
      ({ days, from, to }) => days.some((open) => open === day) && from <= time && time < to,
    );
    if (!isOpen) return false;
  }
  return true;
}
