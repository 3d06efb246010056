import { type CompletedSuccess, completedSuccess } from '../../contract/completed.ts';
import { endpoints } from '../../contract/endpoints.ts';
import {
  type PrepareSuccess,
  type RegistrationHistoryRequest,
  type RegistrationItem,
  type RegistrationStatusSuccess,
  registrationHistoryRequest,
  registrationItem,
  registrationStatusRequest,
  registrationStatusSuccess,
  unregisterRequest,
} from '../../contract/registrations.ts';
import { type FacePassCall, startCall } from '../call.ts';
import { checkRequest } from '../check-request.ts';
import type { ClientCore } from '../client-core.ts';
import { createHistoryList, type WithTimestamp } from '../history-list.ts';
import type { FacePassList, ListOptions } from '../list.ts';
import type { PrepareFields } from '../prepare-fields.ts';
import type { TimeRange } from '../range.ts';
import type { CallOptions } from '../settings.ts';
import { createPrepare } from './prepare.ts';

/** A row of the registration history. */
export type Registration = WithTimestamp<RegistrationItem, 'eventTs'>;

/** Which registrations: a range of time, and any of the guide's filters. */
export type RegistrationFilter = TimeRange &
  Readonly<Omit<RegistrationHistoryRequest, 'startTs' | 'endTs' | 'size' | 'nextCursor'>>;

export interface Registrations {
  /**
   * #2: opens a registration. The person's fields go in plain; they are checked, then sealed for FacePass under
   * a fresh key. CI wins if both CI and birth date are given. Not repeated unless it surely never arrived.
   *
   * @throws FacePassRequestError when a field breaks its limit; FacePassApiError (`DUPLICATED_USERKEY`, …).
   * @example
   * const prepared = await client.registrations.prepare({
   *   merchantUserKey: '000001', name: '홍길동', birthDate: '19900101', phoneNumber: '01012341234',
   * });
   * if (prepared.completed) handToApp(prepared.token);
   */
  prepare(person: PrepareFields, options?: CallOptions): FacePassCall<PrepareSuccess>;
  /** #5: whether a face is registered, and how its audit stands. */
  status(merchantUserKey: string, options?: CallOptions): FacePassCall<RegistrationStatusSuccess>;
  /** #6: withdraws consent and removes the face. */
  unregister(merchantUserKey: string, options?: CallOptions): FacePassCall<CompletedSuccess>;
  /** #7: registrations in a range, oldest page first as FacePass orders them. */
  history(filter: RegistrationFilter, options?: ListOptions): FacePassList<Registration>;
}

export function createRegistrations(core: ClientCore): Registrations {
  const { transport } = core;
  return {
    prepare: createPrepare(core),
    status: (merchantUserKey, options) =>
      startCall(async () => {
        const endpoint = endpoints.registrationStatus;
        const body = checkRequest(endpoint, registrationStatusRequest, { merchantUserKey });
        return transport.send({ endpoint, body, success: registrationStatusSuccess }, options);
      }),
    unregister: (merchantUserKey, options) =>
      startCall(async () => {
        const endpoint = endpoints.unregister;
        const body = checkRequest(endpoint, unregisterRequest, { merchantUserKey });
        return transport.send({ endpoint, body, success: completedSuccess }, options);
      }),
    history: ({ from, to, ...filter }, options) =>
      createHistoryList(
        core,
        {
          endpoint: endpoints.registrationHistory,
          memory: core.memories.registrations,
          requestSchema: registrationHistoryRequest,
          rowSchema: registrationItem,
          timestampField: 'eventTs',
          range: { from, to },
          filter,
        },
        options,
      ),
  };
}
