import * as z from 'zod';
import { isRegistered } from '../world/registrations.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { errorCodes, VendorFailure } from './failures.ts';
import { requiredText } from './request-fields.ts';
import { optionalField, timestamp } from './wire-form.ts';

const userKeyRequest = z.object({ merchantUserKey: requiredText });

export const faceRegisterExist: Endpoint = {
  name: 'face-register-exist',
  method: 'POST',
  path: '/api/v1/merchant/face-register-exist',
  handle(call) {
    const { merchant } = call;
    const { merchantUserKey } = readInput(call, userKeyRequest);
    const registration = merchant.registrations.get(merchantUserKey);
    const registeredTs =
      registration && timestamp(merchant.personality, registration.registeredAtMs, 'blank');
    return {
      registered: isRegistered(registration),
      ...optionalField(merchant.personality, 'registeredTs', registeredTs),
      ...optionalField(merchant.personality, 'auditStatus', registration?.auditStatus),
    };
  },
};

export const faceUnregister: Endpoint = {
  name: 'face-unregister',
  method: 'POST',
  path: '/api/v1/merchant/face-unregister',
  handle(call) {
    const { merchant } = call;
    const { merchantUserKey } = readInput(call, userKeyRequest);
    call.concerns(merchantUserKey);
    if (merchant.registrations.delete(merchantUserKey)) return { completed: true };
    const { unregisterUnknown } = merchant.personality;
    if (unregisterUnknown === 'fail') {
      throw new VendorFailure(errorCodes.notRegistered, 'merchantUserKey has no registered face');
    }
    return { completed: unregisterUnknown === 'completed' };
  },
};
