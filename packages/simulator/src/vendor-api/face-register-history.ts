import * as z from 'zod';
import type { Personality } from '../world/personality.ts';
import type { JsonObject, RegistrationEvent } from '../world/records.ts';
import { type Endpoint, readInput } from './endpoint.ts';
import { historyPage } from './history-page.ts';
import {
  emailBytes,
  instant,
  nameBytes,
  optionalPhoneNumber,
  optionalText,
  optionalTextOfBytes,
  pageSize,
} from './request-fields.ts';
import { timestamp } from './wire-form.ts';

const registerHistoryRequest = z.object({
  merchantUserKey: optionalText,
  name: optionalTextOfBytes(nameBytes),
  phoneNumber: optionalPhoneNumber,
  email: optionalTextOfBytes(emailBytes),
  startTs: instant,
  endTs: instant,
  size: pageSize,
  nextCursor: optionalText,
});

export const faceRegisterHistory: Endpoint = {
  name: 'face-register-history',
  method: 'POST',
  path: '/api/v1/merchant/face-register-history',
  handle(call) {
    const query = readInput(call, registerHistoryRequest);
    const { merchantUserKey, name, phoneNumber, email } = query;
    const wanted = Object.entries({ merchantUserKey, name, phoneNumber, email }).filter(([, value]) => value);
    const { registrationEvents, personality } = call.merchant;
    const { items, steering } = historyPage(
      call,
      registrationEvents,
      query,
      Object.fromEntries(wanted),
      (event) => {
        const values: JsonObject = { ...event };
        return wanted.every(([field, value]) => values[field] === value);
      },
    );
    return { items: items.map((event) => itemOf(event, personality)), ...steering };
  },
};

function itemOf(event: RegistrationEvent, personality: Personality): JsonObject {
  return {
    id: event.id,
    merchantUserKey: event.merchantUserKey,
    auditStatus: event.auditStatus,
    eventTs: timestamp(personality, event.atMs),
  };
}
