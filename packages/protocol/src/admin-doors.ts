import { COUNT_MAX } from '@facepass-kit/access';
import { idSchema, memberKeySchema as merchantUserKey } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { decisionMessage } from './decision-message.ts';
import { jsonObject } from './json.ts';

const reason = z.string().min(1).max(1_000);
const instantMs = z.number().int();
const entryId = z.string().min(1).max(64);

/** `GET /admin/v1/sites`: the sites of the release in force, and how they are run. */
export const siteStatus = z.object({
  siteId: z.string(),
  name: z.string().nullable(),
  mode: z.enum(['normal', 'lockdown', 'evacuate']),
  until: instantMs.nullable(),
  reason: z.string().nullable(),
  setAt: instantMs.nullable(),
});
export const siteStatuses = z.object({ sites: z.array(siteStatus) });
export type SiteStatus = z.infer<typeof siteStatus>;

/** `POST /admin/v1/denies`: keeps a member, or everybody in a group, out, whatever the rules permit. */
export const denyRequest = z
  .strictObject({
    merchantUserKey: merchantUserKey.optional(),
    group: idSchema.optional(),
    /** Zones it is about; absent: all. */
    zones: z.array(idSchema).min(1).optional(),
    /** First instant at which it no longer holds, UTC milliseconds; absent: until it is taken back. */
    until: instantMs.optional(),
    reason,
  })
  .refine((deny) => (deny.merchantUserKey === undefined) !== (deny.group === undefined), {
    path: ['merchantUserKey'],
    error: 'expected either merchantUserKey or group',
  });
export type DenyRequest = z.input<typeof denyRequest>;

export const denyEntry = z.object({
  id: entryId,
  merchantUserKey: z.string().nullable(),
  group: z.string().nullable(),
  zones: z.array(z.string()).nullable(),
  until: instantMs.nullable(),
  reason: z.string(),
});
export type DenyListEntry = z.infer<typeof denyEntry>;
export const denyEntries = z.object({ denies: z.array(denyEntry) });

/** `POST /admin/v1/passes`: a visitor's or another temporary right to come in. */
export const passRequest = z.strictObject({
  merchantUserKey,
  zones: z.array(idSchema).min(1),
  validFrom: instantMs.optional(),
  validUntil: instantMs.optional(),
  /** Absent: as often as wanted. */
  maxUses: z.number().int().min(1).max(COUNT_MAX).optional(),
  reason,
});
export type PassRequest = z.input<typeof passRequest>;

export const passEntry = z.object({
  id: entryId,
  merchantUserKey: z.string(),
  zones: z.array(z.string()),
  validFrom: instantMs.nullable(),
  validUntil: instantMs.nullable(),
  maxUses: z.number().int().nullable(),
  uses: z.number().int(),
});
export type PassListEntry = z.infer<typeof passEntry>;
export const passEntries = z.object({ passes: z.array(passEntry) });

export const entryPath = z.object({ id: entryId });

/** `GET /admin/v1/areas/{areaId}/presence`: who is inside since the area was last declared empty. */
export const areaPath = z.object({ areaId: idSchema });
export const areaPresence = z.object({
  areaId: z.string(),
  maxOccupancy: z.number().int().nullable(),
  occupancy: z.number().int(),
  inside: z.array(z.object({ merchantUserKey: z.string(), since: instantMs })),
});
export type AreaPresence = z.infer<typeof areaPresence>;

/** `POST /admin/v1/areas/{areaId}/presence/reset`: declares one member, or everybody, to be outside. */
export const resetPresenceRequest = z.strictObject({ merchantUserKey: merchantUserKey.optional(), reason });
export type ResetPresenceRequest = z.input<typeof resetPresenceRequest>;

export const resetPresenceAnswer = z.object({ left: z.number().int() });

/** `GET /admin/v1/decisions`: the last decisions, newest first, also those that have not reached the mirror. */
export const lastDecisionsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export const lastDecision = decisionMessage
  .omit({ v: true, person: true })
  .extend({ merchantUserKey: z.string() });
export type LastDecision = z.infer<typeof lastDecision>;
export const lastDecisions = z.object({ decisions: z.array(lastDecision) });

/** `POST /admin/v1/explain`: what the answer would be now, and why; nothing is spent and nothing recorded. */
export const explainRequest = z.strictObject({
  merchantUserKey,
  params: jsonObject,
  siteId: idSchema.optional(),
});
export type ExplainRequest = z.input<typeof explainRequest>;

export const explanation = z.object({
  verified: z.boolean(),
  customMessage: z.string().nullable(),
  code: z.string().nullable(),
  reason: z.string(),
  siteId: z.string().nullable(),
  zoneId: z.string().nullable(),
  areaId: z.string().nullable(),
  determining: z.array(z.string()),
  releaseHash: z.string().nullable(),
  memberVersion: z.number().int().nullable(),
  remaining: z.number().int().nullable(),
});
export type AccessExplanation = z.infer<typeof explanation>;
