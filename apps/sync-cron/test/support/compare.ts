import { env } from 'cloudflare:workers';
import { createBlindIndex, createDataCipher, createPersonReferences } from '@facepass-kit/protocol';
import type { Truth } from '@facepass-kit/simulator';
import { z } from 'zod';
import { canonicalJson } from '../../src/canonical-json.ts';
import { parseEnvironment } from '../../src/env.ts';
import type { Harness } from './harness.ts';

/** One row in the same words on both sides, so that a difference reads as one. */
export interface ComparedRow {
  readonly id: string;
  readonly merchantUserKey: string | null;
  readonly atMs: number;
  readonly fields: string;
}

const stored = z.looseObject({
  id: z.string(),
  hmac: z.string().nullable(),
  sealed: z.string().nullable(),
  atMs: z.number(),
});

export async function mirroredVerifications(): Promise<ComparedRow[]> {
  return await rows(
    `SELECT r.id, p.hmac, p.sealed, r.verified_at AS atMs, r.status, r.result_code, r.custom_code, r.device_id,
       r.params, r.transaction_id FROM verifications r LEFT JOIN persons p ON p.id = r.person_id
     WHERE generation = (SELECT generation FROM streams WHERE stream = 'verifications') AND absent_at IS NULL`,
    ({ status, result_code, custom_code, device_id, params, transaction_id }) => [
      status,
      result_code,
      custom_code,
      device_id,
      params,
      transaction_id,
    ],
  );
}

export async function mirroredRegistrations(): Promise<ComparedRow[]> {
  return await rows(
    `SELECT r.id, p.hmac, p.sealed, r.event_at AS atMs, r.audit_status
     FROM registrations r LEFT JOIN persons p ON p.id = r.person_id
     WHERE generation = (SELECT generation FROM streams WHERE stream = 'registrations') AND absent_at IS NULL`,
    ({ audit_status }) => [audit_status],
  );
}

export async function truthOf(harness: Harness): Promise<Truth> {
  // The control API's JSON is the simulator's own type.
  return (await harness.facepass.control.run('truth', {})) as Truth;
}

/** What FacePass has within the mirrored stretch of time, both ends included. */
export async function trueVerifications(
  harness: Harness,
  fromMs: number,
  toMs: number,
): Promise<ComparedRow[]> {
  const { verifications, settings } = await truthOf(harness);
  return sorted(
    verifications
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .map((row) => ({
        id: row.id,
        merchantUserKey: row.merchantUserKey,
        atMs: visible(row.atMs, settings.personality.subSecond),
        fields: JSON.stringify([
          row.status,
          row.resultCode,
          row.customCode,
          row.deviceId,
          canonicalJson(row.params),
          row.transactionId,
        ]),
      })),
  );
}

export async function trueRegistrations(
  harness: Harness,
  fromMs: number,
  toMs: number,
): Promise<ComparedRow[]> {
  const { registrationEvents, settings } = await truthOf(harness);
  return sorted(
    registrationEvents
      .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      .map((row) => ({
        id: row.id,
        merchantUserKey: row.merchantUserKey,
        atMs: visible(row.atMs, settings.personality.subSecond),
        fields: JSON.stringify([row.auditStatus]),
      })),
  );
}

/** Every table as it stands, to compare two moments byte by byte. */
export async function snapshot(...tables: string[]): Promise<Record<string, unknown[]>> {
  const result: Record<string, unknown[]> = {};
  for (const table of tables) {
    result[table] = (await env.DB.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all()).results;
  }
  return result;
}

async function rows(
  sql: string,
  fieldsOf: (row: Record<string, unknown>) => unknown[],
): Promise<ComparedRow[]> {
  const { pepper, dataKeys } = parseEnvironment(env);
  const people = createPersonReferences(await createBlindIndex(pepper), await createDataCipher(dataKeys));
  const { results } = await env.DB.prepare(sql).all();
  const keys = new Map<string, string>();
  const compared: ComparedRow[] = [];
  for (const result of results) {
    const row = stored.parse(result);
    let key: string | null = null;
    if (row.hmac !== null && row.sealed !== null) {
      key = keys.get(row.hmac) ?? (await people.open({ hmac: row.hmac, sealed: row.sealed }));
      keys.set(row.hmac, key);
    }
    compared.push({
      id: row.id,
      merchantUserKey: key,
      atMs: row.atMs,
      fields: JSON.stringify(fieldsOf(row)),
    });
  }
  return sorted(compared);
}

function visible(atMs: number, subSecond: string): number {
  return subSecond === 'shown' ? atMs : Math.floor(atMs / 1_000) * 1_000;
}

function sorted(compared: ComparedRow[]): ComparedRow[] {
  return compared.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}
