import type { QuarantinedRow, Registration, Verification } from '@facepass-kit/core';
import { canonicalJson } from '../canonical-json.ts';
import { withoutPersonalFields } from './personal-fields.ts';
import type { MirrorRecord, UnreadableRow } from './record.ts';

export function verificationRecord(row: Verification): MirrorRecord {
  const {
    id,
    merchantUserKey,
    status,
    resultCode,
    customCode,
    deviceId,
    params,
    verifyTs,
    transactionId,
    ...unknown
  } = row;
  return {
    id,
    merchantUserKey: merchantUserKey ?? null,
    values: [
      status ?? null,
      resultCode ?? null,
      customCode ?? null,
      deviceId ?? null,
      params === undefined ? null : canonicalJson(params),
      transactionId ?? null,
      verifyTs.raw,
      verifyTs.epochMs,
      rawOf(unknown),
    ],
  };
}

export function registrationRecord(row: Registration): MirrorRecord {
  const { id, merchantUserKey, auditStatus, eventTs, ...unknown } = row;
  return {
    id,
    merchantUserKey: merchantUserKey ?? null,
    values: [auditStatus ?? null, eventTs.raw, eventTs.epochMs, rawOf(unknown)],
  };
}

export function unreadableRow({ path, content }: QuarantinedRow): UnreadableRow {
  // The path may go on into names the vendor chose (keys of params): only the field's own name is repeated.
  const field = path.split('.')[0] ?? '';
  return { reason: field === '' ? 'not an object' : `unreadable ${field}`, row: content() };
}

/** Fields nobody has told us of, as canonical JSON without personal ones; null when none remain. */
function rawOf(unknown: Readonly<Record<string, unknown>>): string | null {
  if (Object.keys(unknown).length === 0) return null;
  const kept = canonicalJson(withoutPersonalFields(unknown));
  return kept === '{}' ? null : kept;
}
