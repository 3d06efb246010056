import {
  FacePassApiError,
  type FacePassError,
  FacePassHttpError,
  FacePassProtocolError,
} from '@facepass-kit/core';

/** A code fit for a log; anything else might be prose with a person in it. */
const codeShape = /^[A-Za-z0-9_.:-]{1,64}$/;

/** A failed call in one stable word, such as `http_429` or `api_DUPLICATED_USERKEY`. */
export function failureCode(error: FacePassError): string {
  if (error instanceof FacePassApiError) {
    return codeShape.test(error.errorCode) ? `api_${error.errorCode}` : error.code;
  }
  if (error instanceof FacePassProtocolError) return `protocol_${error.problem}`;
  if (error instanceof FacePassHttpError) return `http_${error.status}`;
  return error.code;
}
