export * from './admin-api.ts';
export * from './admin-client.ts';
export * from './admin-doors.ts';
export * from './admin-imports.ts';
export * from './admin-member-feeds.ts';
export * from './admin-members.ts';
export * from './admin-registrations.ts';
export * from './admin-releases.ts';
export * from './admin-renewal.ts';
export * from './answers/admin-api.ts';
export * from './answers/admin-doors.ts';
export * from './answers/admin-imports.ts';
export * from './answers/admin-member-feeds.ts';
export * from './answers/admin-members.ts';
export * from './answers/admin-registrations.ts';
export * from './answers/admin-releases.ts';
export * from './answers/admin-renewal.ts';
export * from './answers/broker-api.ts';
export * from './answers/leavers.ts';
export * from './answers/mirror-rpc.ts';
export * from './answers/mirror-status.ts';
export * from './blind-index.ts';
export * from './broker-api.ts';
export {
  createDataCipher,
  type DataCipher,
  DataCipherError,
  type DataKey,
  generateDataKey,
} from './data-cipher.ts';
export * from './decision-feedback.ts';
export * from './decision-message.ts';
export * from './door-inputs.ts';
export * from './explained-decision.ts';
export * from './json.ts';
export * from './leavers.ts';
export * from './mirror-export.ts';
export * from './mirror-rpc.ts';
export * from './mirror-status.ts';
export * from './person-reference.ts';
export * from './recorded-decision.ts';
export * from './webhook-sender.ts';
export * from './webhook-signature.ts';
