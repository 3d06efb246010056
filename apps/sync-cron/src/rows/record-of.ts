import type { QuarantinedRow, Registration, Verification } from '@facepass-kit/core';
import { canonicalJson } from '../canonical-json.ts';
import { withoutPersonalFields } from './personal-fields.ts';
import type { MirrorRecord, UnreadableRow } from './record.ts';

export function verificationRecord(row: Verification, requestedAt: number): MirrorRecord {
  const { id, merchantUserKey, params, verifyTs } = row;
  return {
    merchantUserKey: merchantUserKey ?? null,
    requestedAt,
    stored: [
      id,
      null,
      row.status ?? null,
      row.resultCode ?? null,
      row.customCode ?? null,
      row.deviceId ?? null,
      params === undefined ? null : canonicalJson(params),
      row.transactionId ?? null,
      verifyTs.raw,
      verifyTs.epochMs,
      rawOf(row, verificationFields, merchantUserKey),
    ],
  };
}

export function registrationRecord(row: Registration, requestedAt: number): MirrorRecord {
  const { id, merchantUserKey, auditStatus, eventTs } = row;
  return {
    merchantUserKey: merchantUserKey ?? null,
    requestedAt,
    stored: [
      id,
      null,
      auditStatus ?? null,
      eventTs.raw,
      eventTs.epochMs,
      rawOf(row, registrationFields, merchantUserKey),
    ],
  };
}

export function unreadableRow({ path, content }: QuarantinedRow): UnreadableRow {
  // The path may go on into names the vendor chose (keys of params): only the field's own name is repeated.
  const field = path.split('.')[0] ?? '';
  return { reason: field === '' ? 'not an object' : `unreadable ${field}`, row: content() };
}

/** Fields with a column of their own. */
const verificationFields: ReadonlySet<string> = new Set([
  'id',
  'merchantUserKey',
  'status',
  'resultCode',
  'customCode',
  'deviceId',
  'params',
  'verifyTs',
  'transactionId',
]);
const registrationFields: ReadonlySet<string> = new Set(['id', 'merchantUserKey', 'auditStatus', 'eventTs']);

/**
 * Fields nobody has told us of, as canonical JSON without personal ones; null when none remain. Of fields that could not
 * be read only the names are kept: what stands there in their place may be about a person.
 */
function rawOf(
  row: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  merchantUserKey: string | null | undefined,
): string | null {
  if (isKnown(row, known)) return null;
  const names = Object.keys(row).filter((name) => !known.has(name));
  const unknown = Object.fromEntries(
    names.map((name) => [name, name === 'unreadable' ? Object.keys(Object(row[name])).sort() : row[name]]),
  );
  const kept = canonicalJson(withoutPersonalFields(unknown, merchantUserKey ?? null));
  return kept === '{}' ? null : kept;
}

/** Whether a row has no other fields, as most have none: found out without a list of its names. */
function isKnown(row: Readonly<Record<string, unknown>>, known: ReadonlySet<string>): boolean {
  for (const name in row) if (!known.has(name)) return false;
  return true;
}
