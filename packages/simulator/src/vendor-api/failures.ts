/** A request that FacePass handled and refused: HTTP 200 with `resultType: "FAIL"`. */
export class VendorFailure extends Error {
  override readonly name = 'VendorFailure';
  readonly errorCode: string;

  constructor(errorCode: string, reason: string) {
    super(reason);
    this.errorCode = errorCode;
  }
}

/** A request that FacePass could not handle: an integration fault, HTTP 4xx. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  readonly status: 400 | 401 | 404 | 405 | 413 | 415;
  readonly errorCode: string;

  constructor(status: RequestFault['status'], errorCode: string, reason: string) {
    super(reason);
    this.status = status;
    this.errorCode = errorCode;
  }
}

/** `DUPLICATED_USERKEY` is the only code the guide names; the others are this simulator's own. */
export const errorCodes = {
  duplicatedUserKey: 'DUPLICATED_USERKEY',
  decryptionFailed: 'DECRYPTION_FAILED',
  notRegistered: 'NOT_REGISTERED',
  groupNotFound: 'DEVICE_GROUP_NOT_FOUND',
  groupHasDevices: 'DEVICE_GROUP_HAS_DEVICES',
  deviceNotFound: 'DEVICE_NOT_FOUND',
  invalidRequest: 'INVALID_REQUEST',
  unauthorized: 'UNAUTHORIZED',
  notFound: 'NOT_FOUND',
  methodNotAllowed: 'METHOD_NOT_ALLOWED',
  bodyTooLarge: 'BODY_TOO_LARGE',
  unsupportedMediaType: 'UNSUPPORTED_MEDIA_TYPE',
} as const;
