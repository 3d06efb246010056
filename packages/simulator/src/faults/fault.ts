import * as z from 'zod';
import { endpointNames } from '../vendor-api/endpoint-names.ts';
import { auditStatuses } from '../world/records.ts';

const delayMs = z.int().min(1).max(3_600_000);

/** Whether FacePass still does what was asked, so that only its answer is lost. */
const applied = z.boolean().default(false);

/** Everything that can go wrong with one request. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** HTTP 429; without a time where `retryAfterSeconds` is null. */
  z.strictObject({
    kind: z.literal('rate-limited'),
    retryAfterSeconds: z.int().min(0).nullable().default(null),
    retryAfterForm: z.enum(['seconds', 'http-date']).default('seconds'),
  }),
  z.strictObject({
    kind: z.literal('server-error'),
    status: z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).default(500),
    body: z.enum(['envelope', 'html', 'empty']).default('envelope'),
    applied,
  }),
  /** The connection breaks, before anything is answered or in the middle of the body of what was applied. */
  z.strictObject({
    kind: z.literal('reset'),
    when: z.enum(['before-headers', 'mid-body']).default('before-headers'),
    applied,
  }),
  z.strictObject({ kind: z.literal('slow-headers'), delayMs }),
  /** Half of the body comes at once, the rest after the delay. */
  z.strictObject({ kind: z.literal('slow-body'), delayMs }),
  /** Half of the JSON in an otherwise whole answer. */
  z.strictObject({ kind: z.literal('truncated-json') }),
  z.strictObject({ kind: z.literal('not-json') }),
  z.strictObject({ kind: z.literal('wrong-shape') }),
  /** The right answer with this much padding in it. */
  z.strictObject({ kind: z.literal('oversized'), bytes: z.int().min(1).max(64_000_000) }),
  /** HTTP 200 with `resultType: "FAIL"`. */
  z.strictObject({
    kind: z.literal('fail'),
    errorCode: z.string().min(1),
    reason: z.string().default('a fault of the simulator'),
  }),
  /** The token stops being valid with this request. */
  z.strictObject({ kind: z.literal('expired-token') }),
  /** Once the page is answered, records appear whose time lies before now. */
  z.strictObject({
    kind: z.literal('late-records'),
    count: z.int().min(1).max(1000).default(1),
    ageSeconds: z.int().min(0).default(3600),
  }),
  /** Records of the page come twice in it. */
  z.strictObject({ kind: z.literal('duplicate-items') }),
  /** Every second record of the page cannot be read. */
  z.strictObject({
    kind: z.literal('malformed-items'),
    flaw: z.enum(['no-id', 'bad-time', 'not-an-object']).default('no-id'),
  }),
  /** A page without records whose cursor leads on to where it should have begun. */
  z.strictObject({ kind: z.literal('empty-page') }),
  /** Once the page is answered, a registration record changes its audit status in place. */
  z.strictObject({ kind: z.literal('status-change'), auditStatus: z.enum(auditStatuses).default('SUCCESS') }),
]);
export type Fault = z.output<typeof faultSchema>;
export type FaultKind = Fault['kind'];

/**
 * When a fault strikes. Requests that no rule strikes are answered properly; of several rules that would
 * strike, the first one does.
 */
const faultRuleSchema = z.strictObject({
  fault: faultSchema,
  /** Default: every endpoint at which the fault makes sense, the token endpoint included. */
  endpoints: z.array(z.enum(['token', ...endpointNames])).optional(),
  /** Which of the requests this rule looks at, counted from 1; default: any. */
  calls: z.array(z.int().min(1)).optional(),
  /** How likely each of them is struck. */
  probability: z.number().min(0).max(1).default(1),
  /** After this many strikes the rule is spent. */
  times: z.int().min(1).optional(),
});
export type FaultRule = z.output<typeof faultRuleSchema>;

export const faultPlanSchema = z.strictObject({
  /** Decides every probability: the same requests in the same order meet the same faults. */
  seed: z.int().default(1),
  rules: z.array(faultRuleSchema).default([]),
});
export type FaultPlan = z.output<typeof faultPlanSchema>;
export type FaultPlanInput = z.input<typeof faultPlanSchema>;

export const noFaults: FaultPlan = { seed: 1, rules: [] };
