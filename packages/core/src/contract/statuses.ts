import { isOneOf, type Open, openEnum } from './open-enum.ts';

// Marked pure, so that a guard alone does not bring the schema library into a bundle.

/** Audit of a face registration: waiting, passed, failed, canceled, on hold (guide, registration history). */
export const AUDIT_STATUSES = ['WAITING', 'SUCCESS', 'FAILURE', 'CANCELED', 'HOLDING'] as const;
export type KnownAuditStatus = (typeof AUDIT_STATUSES)[number];
export type AuditStatus = Open<KnownAuditStatus>;
export const auditStatus = /* @__PURE__ */ openEnum(AUDIT_STATUSES);
export function isKnownAuditStatus(value: string | null | undefined): value is KnownAuditStatus {
  return isOneOf(AUDIT_STATUSES, value);
}

/** Outcome of one attempt at a device (guide, verification history). */
export const VERIFICATION_STATUSES = ['SUCCESS', 'FAIL'] as const;
export type KnownVerificationStatus = (typeof VERIFICATION_STATUSES)[number];
export type VerificationStatus = Open<KnownVerificationStatus>;
export const verificationStatus = /* @__PURE__ */ openEnum(VERIFICATION_STATUSES);
export function isKnownVerificationStatus(
  value: string | null | undefined,
): value is KnownVerificationStatus {
  return isOneOf(VERIFICATION_STATUSES, value);
}

/** Why an attempt failed (guide, verification history). */
export const RESULT_CODES = [
  'FACE_NOT_FOUND',
  'FACE_DETECT_FAILED',
  'DUPLICATE_FACE',
  'MERCHANT_VALIDATION_FAILED',
  'UNKNOWN_ERROR',
] as const;
export type KnownResultCode = (typeof RESULT_CODES)[number];
export type ResultCode = Open<KnownResultCode>;
export const resultCode = /* @__PURE__ */ openEnum(RESULT_CODES);
export function isKnownResultCode(value: string | null | undefined): value is KnownResultCode {
  return isOneOf(RESULT_CODES, value);
}
