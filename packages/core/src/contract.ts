/** The wire contract alone: schemas, types, open enums, timestamps. Importing it pulls in no client. */
export * from './contract/completed.ts';
export * from './contract/device-groups.ts';
export * from './contract/devices.ts';
export * from './contract/encryption.ts';
export * from './contract/endpoints.ts';
export * from './contract/field-rules.ts';
export * from './contract/merchant-user-key.ts';
export * from './contract/oauth-token.ts';
export type { Open } from './contract/open-enum.ts';
export * from './contract/paging.ts';
export * from './contract/registrations.ts';
export * from './contract/result-envelope.ts';
export * from './contract/sdk-tokens.ts';
export * from './contract/statuses.ts';
export * from './contract/text-limits.ts';
export * from './contract/timestamp.ts';
export * from './contract/verifications.ts';
