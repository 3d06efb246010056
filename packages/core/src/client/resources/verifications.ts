import { endpoints } from '../../contract/endpoints.ts';
import {
  type VerificationHistoryRequest,
  type VerificationItem,
  verificationHistoryRequest,
  verificationItem,
} from '../../contract/verifications.ts';
import type { ClientCore } from '../client-core.ts';
import { createHistoryList, type WithTimestamp } from '../history-list.ts';
import type { FacePassList, ListOptions } from '../list.ts';
import type { TimeRange } from '../range.ts';

/** A row of the verification history: one attempt at a device. */
export type Verification = WithTimestamp<VerificationItem, 'verifyTs'>;

/** Which verifications: a range of time, and any of the guide's filters. */
export type VerificationFilter = TimeRange &
  Readonly<Omit<VerificationHistoryRequest, 'startTs' | 'endTs' | 'size' | 'nextCursor'>>;

export interface Verifications {
  /**
   * #8: attempts in a range.
   *
   * @example
   * for await (const attempt of client.verifications.list({ from: '2024-01-01T00:00:00', to: new Date() })) {
   *   count(attempt.status);
   * }
   */
  list(filter: VerificationFilter, options?: ListOptions): FacePassList<Verification>;
}

export function createVerifications(core: ClientCore): Verifications {
  return {
    list: ({ from, to, ...filter }, options) =>
      createHistoryList(
        core,
        {
          endpoint: endpoints.verificationHistory,
          memory: core.memories.verifications,
          requestSchema: verificationHistoryRequest,
          rowSchema: verificationItem,
          timestampField: 'verifyTs',
          range: { from, to },
          filter,
        },
        options,
      ),
  };
}
