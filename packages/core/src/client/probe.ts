import type { EnvelopeScheme } from '@facepass-kit/crypto';
import { type ProbeReport, probeScheme } from '@facepass-kit/crypto/probe';
import { encryptionTestRequest, encryptionTestSuccess } from '../contract/encryption.ts';
import { endpoints } from '../contract/endpoints.ts';
import { FacePassApiError } from '../errors.ts';
import { checkRequest } from './check-request.ts';
import type { ClientCore } from './client-core.ts';
import { fetchPeerKey } from './peer-key-cache.ts';
import type { CallOptions } from './settings.ts';

export interface ProbeSettings extends CallOptions {
  /** Schemes to try, in this order. Default: all plausible ones, the most plausible first. */
  readonly candidates?: readonly EnvelopeScheme[] | undefined;
  /** Go on after the first scheme that is accepted. */
  readonly all?: boolean | undefined;
}

/** Asks #4 with synthetic texts, scheme by scheme, under a public key fetched for the purpose. */
export async function probe(core: ClientCore, settings: ProbeSettings = {}): Promise<ProbeReport> {
  const { candidates, all, ...callOptions } = settings;
  const endpoint = endpoints.encryptionTest;
  const peer = await fetchPeerKey(core.transport, core.peerKey, callOptions);
  return probeScheme({
    peer,
    keyWraps: core.sealing.keyWraps,
    ...(candidates !== undefined && { candidates }),
    ...(all !== undefined && { all }),
    ...(callOptions.signal !== undefined && { signal: callOptions.signal }),
    async send(envelope) {
      const body = checkRequest(endpoint, encryptionTestRequest, envelope);
      try {
        const { data } = await core.transport.send(
          { endpoint, body, success: encryptionTestSuccess },
          callOptions,
        );
        return { accepted: data.success };
      } catch (error) {
        // A refusal is an answer here; statuses the probe reads from the error itself.
        if (error instanceof FacePassApiError) return { accepted: false, errorCode: error.errorCode };
        throw error;
      }
    },
  });
}
