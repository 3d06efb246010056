import * as z from 'zod';
import { auditStatuses } from './records.ts';

/** Seconds; a day is far beyond any lifetime worth simulating. */
const seconds = z.int().min(0).max(86_400);

/**
 * How this vendor reads its own guide. The guide contradicts itself and leaves much open; each field is one
 * such question, and every value is an answer that a real FacePass could give.
 */
export const personalitySchema = z.strictObject({
  /** `more-follow` is what the name says, `last-page` what the guide's description says. */
  hasMore: z.enum(['more-follow', 'last-page', 'always-true', 'always-false']),
  /**
   * When a page names its last record's id: only `while-more` follow; `always` when it has records; `sticky`
   * also repeats the request's cursor on an empty page; `echo` repeats the request's cursor even beside new
   * records, as the guide's samples do.
   */
  nextCursor: z.enum(['while-more', 'always', 'sticky', 'echo']),
  /** How "no cursor" is written. */
  noCursor: z.enum(['absent', 'null', 'empty']),
  /** What `size` repeats: the size asked for, the number of records on this page, or 10 whatever happens. */
  size: z.enum(['requested', 'count', 'ten']),
  pageOrder: z.enum(['oldest-first', 'newest-first']),
  /** Ids grow as records are written; a late record therefore has a high id and an old time. */
  orderBy: z.enum(['id', 'time']),
  startBound: z.enum(['inclusive', 'exclusive']),
  endBound: z.enum(['inclusive', 'exclusive']),
  maxPageSize: z.int().min(1).max(100_000),
  overMaxPageSize: z.enum(['clamp', 'reject']),
  /** Longest span of a history query; null for no limit. */
  maxRangeSeconds: z.int().min(1).nullable(),
  /** `guide`: a `T` everywhere except in `registeredTs`, as the samples have it. */
  timestamps: z.enum(['guide', 'T', 'blank']),
  /** Below a second: times have `none`, have it but do not show it (`hidden`), or show milliseconds. */
  subSecond: z.enum(['none', 'hidden', 'shown']),
  /** The guide's table says `verifyTs`, its sample `verifiedTs`. */
  verifyTimeField: z.enum(['verifyTs', 'verifiedTs', 'both']),
  /** Optional fields without a value. */
  absentFields: z.enum(['null', 'absent']),
  /** `merchantUserKey` of an attempt that recognised nobody. */
  unrecognisedUserKey: z.enum(['absent', 'null']),
  /** `beyond-2-53` are decimal ids that a JSON number could not carry. */
  idForm: z.enum(['sequence', 'beyond-2-53', 'uuid', 'ulid']),
  tokenLifetimeSeconds: z.int().min(1).max(31_536_000),
  /** What a second token request gets while a token is valid. */
  tokenReissue: z.enum(['fresh', 'same', 'fresh-revokes']),
  connectCodeSeconds: seconds.min(1),
  sdkTokenSeconds: seconds.min(1),
  /** How long an audit waits; null: until the control API decides. */
  auditSeconds: seconds.nullable(),
  auditResult: z.enum(auditStatuses).exclude(['WAITING']),
  /** An audit decision is a new history record, or the same one changed, with or without a new time. */
  auditChange: z.enum(['append', 'update', 'update-and-move']),
  /** Whether a face opens doors while its audit waits. */
  recogniseWaiting: z.boolean(),
  /** What face-unregister says of a key that has no face. */
  unregisterUnknown: z.enum(['completed', 'not-completed', 'fail']),
  /** How a field that does not open is refused, except by encryption-test. */
  decryptionFailure: z.enum(['fail', 'bad-request']),
  /** What encryption-test does with data that does not open; `accept` makes it prove nothing. */
  encryptionTestRefusal: z.enum(['success-false', 'fail', 'bad-request', 'accept']),
  /** Whether a GCM IV must have the scheme's length; most libraries take any. */
  gcmIv: z.enum(['exact', 'any']),
  /** The result code of an attempt whose question the partner did not answer. */
  unansweredResultCode: z.enum(['MERCHANT_VALIDATION_FAILED', 'UNKNOWN_ERROR']),
  /** Text put around every value before it is encrypted, as in the guide's sample ciphertexts. */
  fieldWrap: z.strictObject({ before: z.string(), after: z.string() }).nullable(),
  /** Fields that no guide names, in answers, records and errors. */
  unknownFields: z.boolean(),
  /** The deprecated members that the guide says an error has. */
  deprecatedErrorFields: z.boolean(),
});

export type Personality = z.infer<typeof personalitySchema>;

/** The plainest reading: names mean what they say, wherever the guide leaves it open. */
export const plainPersonality: Personality = {
  hasMore: 'more-follow',
  nextCursor: 'always',
  noCursor: 'absent',
  size: 'requested',
  pageOrder: 'oldest-first',
  orderBy: 'id',
  startBound: 'inclusive',
  endBound: 'inclusive',
  maxPageSize: 100,
  overMaxPageSize: 'clamp',
  maxRangeSeconds: null,
  timestamps: 'guide',
  subSecond: 'none',
  verifyTimeField: 'verifyTs',
  absentFields: 'null',
  unrecognisedUserKey: 'absent',
  idForm: 'sequence',
  tokenLifetimeSeconds: 3600,
  tokenReissue: 'fresh',
  connectCodeSeconds: 600,
  sdkTokenSeconds: 3600,
  auditSeconds: 60,
  auditResult: 'SUCCESS',
  auditChange: 'append',
  recogniseWaiting: false,
  unregisterUnknown: 'not-completed',
  decryptionFailure: 'fail',
  encryptionTestRefusal: 'success-false',
  gcmIv: 'exact',
  unansweredResultCode: 'MERCHANT_VALIDATION_FAILED',
  fieldWrap: null,
  unknownFields: false,
  deprecatedErrorFields: false,
};

/** The paging of the guide's own samples, which contradict its names and its descriptions. */
export const samplePersonality: Personality = {
  ...plainPersonality,
  hasMore: 'always-false',
  nextCursor: 'echo',
  size: 'ten',
  verifyTimeField: 'verifiedTs',
};
