import { COUNT_MAX } from '@facepass-kit/access';
import { idSchema, memberKeySchema as merchantUserKey } from '@facepass-kit/access/schema';
import * as z from 'zod';
import { jsonObject } from './json.ts';

const reason = z.string().min(1).max(1_000);
const instantMs = z.number().int();
/** As seconds the year 5138, as milliseconds 1973: a pass for tomorrow whose beginning is sent in seconds would hold now. */
const AS_MILLISECONDS = 100_000_000_000;
const entryId = z.string().min(1).max(64);

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

/** `POST /admin/v1/passes`: a visitor's or another temporary right to come in. */
export const passRequest = z
  .strictObject({
    merchantUserKey,
    zones: z.array(idSchema).min(1),
    /** Absent: now. */
    validFrom: instantMs.min(AS_MILLISECONDS, 'expected UTC milliseconds: these would be seconds').optional(),
    /** First instant at which it no longer holds. */
    validUntil: instantMs.optional(),
    /** Absent: as often as wanted. */
    maxUses: z.number().int().min(1).max(COUNT_MAX).optional(),
    reason,
  })
  .refine(({ validFrom = -Infinity, validUntil = Infinity }) => validFrom < validUntil, {
    path: ['validUntil'],
    error: 'expected an end after validFrom',
  });
export type PassRequest = z.input<typeof passRequest>;

export const entryPath = z.object({ id: entryId });

/** `GET /admin/v1/areas/{areaId}/presence`: who is inside since the area was last declared empty. */
export const areaPath = z.object({ areaId: idSchema });

/** `POST /admin/v1/areas/{areaId}/presence/reset`: declares one member, or everybody, to be outside. */
export const resetPresenceRequest = z.strictObject({ merchantUserKey: merchantUserKey.optional(), reason });
export type ResetPresenceRequest = z.input<typeof resetPresenceRequest>;

/** `GET /admin/v1/decisions`: the last decisions, newest first, also those that have not reached the mirror. */
export const lastDecisionsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

/** `POST /admin/v1/explain`: what the answer would be now, and why; nothing is spent and nothing recorded. */
export const explainRequest = z.strictObject({
  merchantUserKey,
  params: jsonObject,
  siteId: idSchema.optional(),
});
export type ExplainRequest = z.input<typeof explainRequest>;
