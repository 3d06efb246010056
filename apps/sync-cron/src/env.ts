import { timeZoneSchema } from '@facepass-kit/access/schema';
import { isWebhookSecret } from '@facepass-kit/protocol';
import { z } from 'zod';

/** What the Worker is bound to: wrangler.jsonc's bindings, and variables and secrets as text. */
export interface Bindings {
  readonly DB: D1Database;
  /** Where months that are moved out of D1 go; without it none is. */
  readonly ARCHIVE?: R2Bucket;
  /** Where figures go; without it there are none. */
  readonly METRICS?: AnalyticsEngineDataset;
  /** Conducts backfills; one instance at a time. */
  readonly BACKFILL: Workflow;
  /** Reads a month for it. */
  readonly BACKFILL_MONTH: Workflow;
}

/** A week makes the first run short; a backfill brings what is older. */
const DEFAULT_HISTORY_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * How long after an event we take FacePass's list to be settled: a slice's end is frozen this far in the past.
 * What is recorded later still is caught by re-walks.
 */
const DEFAULT_SAFETY_LAG_SECONDS = 60;

/** FacePass states no limit; ten a second reads a day of 400,000 rows in pages of 1,000 within a minute. */
const DEFAULT_REQUESTS_PER_SECOND = 10;

/** How long after the end of a membership a face may stay: memberships lapse and are renewed. */
const DEFAULT_LEAVER_GRACE_DAYS = 7;

/** How long the key of an erased person is kept for having the face unregistered, at most. */
const DEFAULT_ERASED_KEY_DAYS = 30;

/** A stream that no run read to its end for half an hour, six runs, is stuck. */
const DEFAULT_ALERT_NO_SUCCESS_MINUTES = 30;
/** A mirror an hour behind is late for whoever looks at today. */
const DEFAULT_ALERT_LAG_MINUTES = 60;
/** A backfill's own limit, beside that of the scheduled runs. */
const DEFAULT_BACKFILL_REQUESTS_PER_SECOND = 5;

const dataKeys = z.array(z.object({ kid: z.string().min(1), k: z.string().min(1) })).min(1);

const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const count = (fallback: number, minimum: number) => z.coerce.number().min(minimum).default(fallback);

const variables = z.object({
  FACEPASS_CLIENT_ID: z.string().min(1),
  FACEPASS_CLIENT_SECRET: z.string().min(1),
  FACEPASS_BASE_URL: z.url().optional(),
  FACEPASS_TOKEN_URL: z.url().optional(),
  FACEPASS_SCOPE: z.string().min(1).optional(),
  /** The zone of FacePass's wall-clock times. */
  FACEPASS_TIME_ZONE: timeZoneSchema.default('Asia/Seoul'),
  FACEPASS_REQUESTS_PER_SECOND: z.coerce.number().positive().default(DEFAULT_REQUESTS_PER_SECOND),
  BACKFILL_REQUESTS_PER_SECOND: z.coerce.number().positive().default(DEFAULT_BACKFILL_REQUESTS_PER_SECOND),
  /** At least 32 bytes in base64url; the same as the edge app's. */
  PEPPER: z.string().min(1),
  /** While the pepper is being changed: the one before; and those replaced earlier, newest first. As the edge app's. */
  PREVIOUS_PEPPER: z.string().min(1).optional(),
  RETIRED_PEPPERS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((pepper) => pepper.trim() || [])),
  /** JSON array of `{kid, k}`, newest first; the same as the edge app's. */
  DATA_KEYS: z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown; // JSON.parse is typed any; checked by the pipe below
      } catch {
        context.addIssue({ code: 'custom', message: 'expected a JSON array of {kid, k}' });
        return z.NEVER;
      }
    })
    .pipe(dataKeys),
  /** ISO 8601 with an offset: the oldest instant the first run mirrors. */
  HISTORY_START: instant.optional(),
  /** Which of Cloudflare's plans limits a run. */
  WORKERS_PLAN: z.enum(['free', 'paid']).default('paid'),
  SAFETY_LAG_SECONDS: count(DEFAULT_SAFETY_LAG_SECONDS, 0),
  /** After how many whole months a settled month is moved to R2; none is where this is not set. */
  ARCHIVE_AFTER_MONTHS: z.coerce.number().int().min(1).optional(),
  /** Where alerts go: an address, and the secret they are signed with (`whsec_…`). Without it there are none. */
  ALERT_WEBHOOK: z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'expected JSON: {"url", "secret"}' });
        return z.NEVER;
      }
    })
    .pipe(
      z.strictObject({
        url: z.url({ protocol: /^https?$/ }),
        secret: z.string().refine(isWebhookSecret, 'expected whsec_ and 24 to 64 bytes in Base64'),
      }),
    )
    .optional(),
  ALERT_NO_SUCCESS_MINUTES: count(DEFAULT_ALERT_NO_SUCCESS_MINUTES, 1),
  ALERT_LAG_MINUTES: count(DEFAULT_ALERT_LAG_MINUTES, 1),
  /** Faces of people who left: not looked for, listed, or unregistered. */
  LEAVER_SWEEP: z.enum(['off', 'list', 'unregister']).default('list'),
  LEAVER_GRACE_DAYS: count(DEFAULT_LEAVER_GRACE_DAYS, 0),
  /** 0: not at all, so that the faces of erased people are not looked for; the same as the edge app's. */
  ERASED_KEY_DAYS: count(DEFAULT_ERASED_KEY_DAYS, 0),
});

/** Every variable and secret that is read. */
export const SETTING_NAMES: readonly string[] = Object.keys(variables.shape);

export interface Configuration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl: string | undefined;
  readonly tokenUrl: string | undefined;
  readonly scope: string | undefined;
  readonly timeZone: string;
  readonly requestsPerSecond: number;
  readonly backfillRequestsPerSecond: number;
  readonly pepper: string;
  readonly previousPepper: string | undefined;
  readonly retiredPeppers: readonly string[];
  readonly dataKeys: readonly { readonly kid: string; readonly k: string }[];
  /** The oldest instant mirrored by a first run at `nowMs`, UTC milliseconds. */
  readonly historyStartAt: (nowMs: number) => number;
  readonly safetyLagMs: number;
  readonly plan: 'free' | 'paid';
  readonly alertWebhook: { readonly url: string; readonly secret: string } | undefined;
  readonly alertNoSuccessMs: number;
  readonly alertLagMs: number;
  readonly archiveAfterMonths: number | undefined;
  readonly leaverSweep: 'off' | 'list' | 'unregister';
  readonly leaverGraceMs: number;
  readonly erasedKeyMs: number;
}

/** The environment cannot be used. The message names variables and rules, never a value. */
class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly code = 'BAD_ENVIRONMENT';
  readonly variables: readonly string[];

  constructor(problems: readonly { variable: string; problem: string }[]) {
    super(
      `The environment cannot be used: ${problems.map(({ variable, problem }) => `${variable}: ${problem}`).join('; ')}. ` +
        'Set these as variables or secrets of the Worker.',
    );
    this.variables = problems.map(({ variable }) => variable);
  }
}

/**
 * An empty variable is as good as none.
 *
 * @throws EnvironmentError naming every variable that is missing or wrong.
 */
export function parseEnvironment(env: object): Configuration {
  const given = SETTING_NAMES.flatMap((name): [string, unknown][] => {
    const value: unknown = Reflect.get(env, name);
    return value === undefined || value === '' ? [] : [[name, value]];
  });
  const parsed = variables.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => ({
        variable: String(issue.path[0] ?? ''),
        problem: 'input' in issue && issue.input === undefined ? 'is missing' : ruleOf(issue),
      })),
    );
  }
  const { data } = parsed;
  return {
    clientId: data.FACEPASS_CLIENT_ID,
    clientSecret: data.FACEPASS_CLIENT_SECRET,
    baseUrl: data.FACEPASS_BASE_URL,
    tokenUrl: data.FACEPASS_TOKEN_URL,
    scope: data.FACEPASS_SCOPE,
    timeZone: data.FACEPASS_TIME_ZONE,
    requestsPerSecond: data.FACEPASS_REQUESTS_PER_SECOND,
    backfillRequestsPerSecond: data.BACKFILL_REQUESTS_PER_SECOND,
    pepper: data.PEPPER,
    previousPepper: data.PREVIOUS_PEPPER,
    retiredPeppers: data.RETIRED_PEPPERS,
    dataKeys: data.DATA_KEYS,
    historyStartAt: (nowMs) => data.HISTORY_START ?? nowMs - DEFAULT_HISTORY_DAYS * DAY_MS,
    safetyLagMs: data.SAFETY_LAG_SECONDS * 1_000,
    plan: data.WORKERS_PLAN,
    alertWebhook: data.ALERT_WEBHOOK,
    alertNoSuccessMs: data.ALERT_NO_SUCCESS_MINUTES * 60_000,
    alertLagMs: data.ALERT_LAG_MINUTES * 60_000,
    archiveAfterMonths: data.ARCHIVE_AFTER_MONTHS,
    leaverSweep: data.LEAVER_SWEEP,
    leaverGraceMs: data.LEAVER_GRACE_DAYS * DAY_MS,
    erasedKeyMs: data.ERASED_KEY_DAYS * DAY_MS,
  };
}

/** zod's own messages may quote what they were given in future versions; only the rule is repeated. */
function ruleOf(issue: z.core.$ZodIssue): string {
  // A pattern's rule is told by the words that stand beside it.
  if (issue.code === 'custom' || (issue.code === 'invalid_format' && issue.format === 'regex'))
    return issue.message;
  if (issue.code === 'invalid_format') return `expected ${issue.format}`;
  if (issue.code === 'too_small') return `expected at least ${issue.minimum}`;
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`;
  return 'is not valid';
}
