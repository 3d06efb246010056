import * as z from 'zod';
import { entryPath } from '../admin-doors.ts';
import { decisionMessage } from '../decision-message.ts';
import { jsonObject } from '../json.ts';

const instantMs = z.number().int();

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

export const denyEntry = z.object({
  id: entryPath.shape.id,
  merchantUserKey: z.string().nullable(),
  group: z.string().nullable(),
  zones: z.array(z.string()).nullable(),
  until: instantMs.nullable(),
  reason: z.string(),
});
export type DenyListEntry = z.infer<typeof denyEntry>;

export const denyEntries = z.object({ denies: z.array(denyEntry) });

export const passEntry = z.object({
  id: entryPath.shape.id,
  merchantUserKey: z.string(),
  zones: z.array(z.string()),
  validFrom: instantMs.nullable(),
  validUntil: instantMs.nullable(),
  maxUses: z.number().int().nullable(),
  uses: z.number().int(),
});
export type PassListEntry = z.infer<typeof passEntry>;

export const passEntries = z.object({ passes: z.array(passEntry) });

export const areaPresence = z.object({
  areaId: z.string(),
  maxOccupancy: z.number().int().nullable(),
  occupancy: z.number().int(),
  inside: z.array(z.object({ merchantUserKey: z.string(), since: instantMs })),
});
export type AreaPresence = z.infer<typeof areaPresence>;

export const resetPresenceAnswer = z.object({ left: z.number().int() });

export const lastDecision = decisionMessage
  .omit({ v: true, person: true })
  .extend({ merchantUserKey: z.string() });
export type LastDecision = z.infer<typeof lastDecision>;

export const lastDecisions = z.object({ decisions: z.array(lastDecision) });

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
  /** When it was asked, UTC milliseconds, and what the answer hangs on: `explainDecision` says more of it. */
  at: instantMs,
  inputs: jsonObject,
});
export type AccessExplanation = z.infer<typeof explanation>;
