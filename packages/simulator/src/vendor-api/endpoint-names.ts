/** The last part of each path under `/api/v1`, which names the endpoint everywhere in this package. */
export const endpointNames = [
  'rsa-public-key',
  'face-register-prepare',
  'verify-token',
  'encryption-test',
  'face-register-exist',
  'face-unregister',
  'face-register-history',
  'face-verify-history',
  'init-device',
  'connected-device',
  'deactivate-device',
  'device-group',
  'create-device-group',
  'modify-device-group',
  'delete-device-group',
] as const;
export type EndpointName = (typeof endpointNames)[number];
