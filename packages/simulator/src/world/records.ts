import type { TimedRecord } from './timeline.ts';

/** The guide's audit states of a registered face. */
export const auditStatuses = ['WAITING', 'SUCCESS', 'FAILURE', 'CANCELED', 'HOLDING'] as const;
export type AuditStatus = (typeof auditStatuses)[number];

/** The guide's reasons for a failed verification. */
export const resultCodes = [
  'FACE_NOT_FOUND',
  'FACE_DETECT_FAILED',
  'DUPLICATE_FACE',
  'MERCHANT_VALIDATION_FAILED',
  'UNKNOWN_ERROR',
] as const;
export type ResultCode = (typeof resultCodes)[number];

/** Values beside the guide's, for vendors of tomorrow. */
export type Open<T extends string> = T | (string & Record<never, never>);

export type JsonObject = Record<string, unknown>;

/** What identifies somebody to FacePass. All of it is invented: no real person belongs in a simulator. */
export interface Identity {
  readonly name: string;
  readonly phoneNumber: string | null;
  readonly birthDate: string | null;
  readonly ci: string | null;
  readonly email: string | null;
}

/** Somebody with a face and FacePass's app. */
export interface Person extends Identity {
  readonly personId: string;
  readonly name: string;
  readonly phoneNumber: string;
  readonly birthDate: string;
  readonly ci: string;
}

/** A face-register-prepare that an SDK registration may still follow. */
export interface Preparation {
  readonly txId: string;
  readonly merchantUserKey: string;
  readonly identity: Identity;
  readonly preparedAtMs: number;
  readonly expiresAtMs: number;
}

/** A face enrolled for one merchantUserKey. */
export interface Registration {
  readonly merchantUserKey: string;
  readonly txId: string;
  /** The person whose face it is; null where a test put the record in without one. */
  readonly personId: string | null;
  readonly identity: Identity;
  readonly origin: 'app' | 'sdk' | 'control';
  readonly registeredAtMs: number;
  readonly auditStatus: Open<AuditStatus>;
  /** When the audit settles by itself; null where it waits for the control API, or is settled. */
  readonly auditDueAtMs: number | null;
  /** The history record that stands for it. */
  readonly eventId: string;
}

/** A row of face-register-history. */
export interface RegistrationEvent extends TimedRecord {
  readonly merchantUserKey: string;
  readonly auditStatus: Open<AuditStatus>;
  readonly name: string | null;
  readonly phoneNumber: string | null;
  readonly email: string | null;
}

/** A row of face-verify-history. */
export interface Verification extends TimedRecord {
  readonly merchantUserKey: string | null;
  readonly status: Open<'SUCCESS' | 'FAIL'>;
  readonly resultCode: Open<ResultCode> | null;
  readonly customCode: string | null;
  readonly deviceId: string;
  readonly params: JsonObject;
  /** Null for QR attempts. */
  readonly transactionId: string | null;
}

export interface DeviceGroup {
  readonly groupId: string;
  readonly deviceGroupName: string;
  readonly enableLiveness: boolean;
  readonly shouldSuccessResultSkip: boolean;
  readonly shouldFailResultSkip: boolean;
  readonly tags: JsonObject;
}

export interface ConnectCode {
  readonly verifyCode: string;
  readonly groupId: string;
  readonly deviceName: string | null;
  readonly expiresAtMs: number;
}

/** Which of the two entry screens a tablet shows; each has its own limit for a custom message. */
export type Display = 'repeat' | 'ticket';

export interface Device {
  readonly deviceId: string;
  readonly groupId: string;
  readonly deviceName: string | null;
  readonly display: Display;
  /** Set on the device itself, over the tags of its group. */
  readonly params: JsonObject;
}

export interface AccessToken {
  readonly token: string;
  readonly clientId: string;
  readonly scope: string | null;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}
