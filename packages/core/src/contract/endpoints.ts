/**
 * Whether a call may be sent again when it is not known to have failed unseen:
 * - `read`: changes nothing;
 * - `idempotent`: a second time leaves the same state as the first;
 * - `once`: a second time does something more; never repeated unless the first surely never arrived.
 */
export type Safety = 'read' | 'idempotent' | 'once';

export interface Endpoint {
  /** Number in the guide's order, as the documentation lists them. */
  readonly number: number;
  readonly method: 'GET' | 'POST';
  readonly path: `/${string}`;
  readonly safety: Safety;
}

/** The fifteen endpoints a partner calls, with what makes a repetition safe or not. */
export const endpoints = {
  rsaPublicKey: { number: 1, method: 'POST', path: '/api/v1/rsa-public-key', safety: 'read' },
  // Every call opens a registration of its own (a new txId and token).
  prepare: { number: 2, method: 'POST', path: '/api/v1/merchant/face-register-prepare', safety: 'once' },
  // A second token does no harm to the first.
  verifyToken: { number: 3, method: 'POST', path: '/api/v1/merchant/verify-token', safety: 'idempotent' },
  encryptionTest: { number: 4, method: 'POST', path: '/api/v1/merchant/encryption-test', safety: 'read' },
  registrationStatus: {
    number: 5,
    method: 'POST',
    path: '/api/v1/merchant/face-register-exist',
    safety: 'read',
  },
  unregister: { number: 6, method: 'POST', path: '/api/v1/merchant/face-unregister', safety: 'idempotent' },
  registrationHistory: {
    number: 7,
    method: 'POST',
    path: '/api/v1/merchant/face-register-history',
    safety: 'read',
  },
  verificationHistory: {
    number: 8,
    method: 'POST',
    path: '/api/v1/merchant/face-verify-history',
    safety: 'read',
  },
  // Every call hands out another code.
  initDevice: { number: 9, method: 'POST', path: '/api/v1/merchant/init-device', safety: 'once' },
  connectedDevices: { number: 10, method: 'GET', path: '/api/v1/merchant/connected-device', safety: 'read' },
  // By id; by name it is `once`, since another device of that name may have come meanwhile.
  deactivateDevice: {
    number: 11,
    method: 'POST',
    path: '/api/v1/merchant/deactivate-device',
    safety: 'idempotent',
  },
  deviceGroups: { number: 12, method: 'GET', path: '/api/v1/merchant/device-group', safety: 'read' },
  createDeviceGroup: {
    number: 13,
    method: 'POST',
    path: '/api/v1/merchant/create-device-group',
    safety: 'once',
  },
  // Replaces the whole group.
  modifyDeviceGroup: {
    number: 14,
    method: 'POST',
    path: '/api/v1/merchant/modify-device-group',
    safety: 'idempotent',
  },
  deleteDeviceGroup: {
    number: 15,
    method: 'POST',
    path: '/api/v1/merchant/delete-device-group',
    safety: 'idempotent',
  },
} as const satisfies Record<string, Endpoint>;

export type EndpointName = keyof typeof endpoints;
