import {
  type MirroredDecision,
  type MirroredRegistration,
  type MirroredVerification,
  mirroredDecision,
  mirroredRegistration,
  mirroredVerification,
  type PersonReferences,
  type RecentQuery,
  recentQuery,
} from '@facepass-kit/protocol';
import { z } from 'zod';
import { type Database, rowsOf } from './database.ts';

/** Reads the newest rows back, people named again for whoever may see them. */
export interface MirrorReader {
  verifications(query: RecentQuery): Promise<MirroredVerification[]>;
  registrations(query: RecentQuery): Promise<MirroredRegistration[]>;
  decisions(query: RecentQuery): Promise<MirroredDecision[]>;
}

const named = z.object({ hmac: z.string().nullable(), sealed: z.string().nullable() });

export function createMirrorReader(database: Database, people: PersonReferences): MirrorReader {
  const nameOf = async (row: unknown): Promise<string | null> => {
    const { hmac, sealed } = named.parse(row);
    return hmac === null || sealed === null ? null : await people.open({ hmac, sealed });
  };

  /** The newest rows of `select`, whose time column is `time`, as `schema` after `shape` has named the person. */
  const newest = async <Schema extends z.ZodType>(
    query: RecentQuery,
    { select, where, time, schema }: { select: string; where: string; time: string; schema: Schema },
  ): Promise<z.infer<Schema>[]> => {
    const { merchantUserKey, since, limit } = recentQuery.parse(query);
    const hmac = merchantUserKey === undefined ? null : await people.hmac(merchantUserKey);
    const person = hmac === null ? '' : 'AND r.person_id = (SELECT id FROM persons WHERE hmac = ?3)';
    const rows = await rowsOf(
      database,
      `SELECT p.hmac, p.sealed, ${select} LEFT JOIN persons p ON p.id = r.person_id
       WHERE ${where} AND r.${time} >= ?1 ${person} ORDER BY r.${time} DESC, r.id DESC LIMIT ?2`,
      [since ?? Number.MIN_SAFE_INTEGER, limit, ...(hmac === null ? [] : [hmac])],
    );
    return await Promise.all(
      rows.map(async (row) =>
        schema.parse({ ...z.looseObject({}).parse(row), merchantUserKey: await nameOf(row) }),
      ),
    );
  };

  return {
    verifications: (query) =>
      newest(query, {
        select: `r.id, r.status, r.result_code AS resultCode, r.custom_code AS customCode, r.device_id AS deviceId,
          r.params, r.verified_at AS verifiedAt, r.transaction_id AS transactionId FROM verifications r`,
        where: `r.generation = (SELECT generation FROM streams WHERE stream = 'verifications')`,
        time: 'verified_at',
        schema: mirroredVerification.extend({
          params: jsonText.nullable().pipe(mirroredVerification.shape.params),
        }),
      }),
    registrations: (query) =>
      newest(query, {
        select: 'r.id, r.audit_status AS auditStatus, r.event_at AS eventAt FROM registrations r',
        where: `r.generation = (SELECT generation FROM streams WHERE stream = 'registrations')`,
        time: 'event_at',
        schema: mirroredRegistration,
      }),
    decisions: (query) =>
      newest(query, {
        select: `r.id, r.source, r.sequence, r.at, r.request_id AS requestId, r.site_id AS siteId,
          r.zone_id AS zoneId, r.params, r.effect, r.reason, r.determining, r.code,
          r.release_hash AS releaseHash, r.member_version AS memberVersion, r.repeat_of AS repeatOf, r.inputs
          FROM decisions r`,
        where: 'true',
        time: 'at',
        schema: mirroredDecision.extend({
          params: jsonText.pipe(mirroredDecision.shape.params),
          determining: jsonText.pipe(mirroredDecision.shape.determining),
          inputs: jsonText.pipe(mirroredDecision.shape.inputs),
        }),
      }),
  };
}

/** A JSON column, as the value it holds. */
const jsonText = z.string().transform((text): unknown => JSON.parse(text));
