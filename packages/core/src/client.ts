/** The typed client: everything a partner's backend asks FacePass. */
export type { CallResult, CallTimings, FacePassCall, ResponseInfo } from './client/call.ts';
export { createFacePassClient, type FacePassClient } from './client/create-client.ts';
export type { EventErrorCode, EventListener, FacePassEvent } from './client/events.ts';
export type { WithTimestamp } from './client/history-list.ts';
export type { FacePassList, ListOptions } from './client/list.ts';
export type { Logger, LogLevel } from './client/logger.ts';
export { createMemoryTokenStore } from './client/memory-token-store.ts';
export type { AttemptInfo, Middleware } from './client/middleware.ts';
export { DEFAULT_BASE_URL, DEFAULT_TOKEN_URL, type FacePassClientOptions } from './client/options.ts';
export type { PrepareFields } from './client/prepare-fields.ts';
export type { ProbeSettings } from './client/probe.ts';
export type { TimeInput, TimeRange } from './client/range.ts';
export type { RequestAnything, RequestOptions } from './client/request.ts';
export type { DeviceGroups } from './client/resources/device-groups.ts';
export type { Devices } from './client/resources/devices.ts';
export type { Encryption } from './client/resources/encryption.ts';
export type { Registration, RegistrationFilter, Registrations } from './client/resources/registrations.ts';
export type { SdkTokens } from './client/resources/sdk-tokens.ts';
export type { Verification, VerificationFilter, Verifications } from './client/resources/verifications.ts';
export type { RepeatWrites, RetryPolicy } from './client/retry-policy.ts';
export type { Runtime } from './client/runtime.ts';
export { createSdkTokenClient, type SdkTokenClient } from './client/sdk-token-client.ts';
export type { CallOptions, CallSettings, ClientSettings } from './client/settings.ts';
export { hashToken, type StoredToken, type TokenStore } from './client/token-store.ts';
export * from './errors.ts';
export { type ListTraits, unknownTraits } from './walk/list-traits.ts';
export {
  outcomeOf,
  type PageRequest,
  type QuarantinedRow,
  type ReadRow,
  type WalkOptions,
  type WalkOutcome,
  type WalkStep,
  walk,
} from './walk/walk.ts';
export {
  beginWalk,
  type UnreadReason,
  type UnreadSpan,
  type WalkRange,
  type WalkSpan,
  type WalkState,
} from './walk/walk-state.ts';
