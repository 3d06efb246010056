import {
  FacePassAbortedError,
  FacePassApiError,
  type FacePassClient,
  FacePassError,
} from '@facepass-kit/core';
import { failureCode } from '../source/failure-code.ts';

/** What FacePass says of a face. */
export interface FaceStanding {
  readonly registered: boolean;
  readonly registeredTs: string | null;
  readonly auditStatus: string | null;
}

/** Whether an audit is still to decide of a face: one that is not registered may be, in a moment. */
export function isUndecided({ auditStatus }: FaceStanding): boolean {
  return auditStatus === 'WAITING' || auditStatus === 'HOLDING';
}

/**
 * An answer, or a failure in one word. `everybody`: the next question would fare no better, since authentication,
 * the network, the rate limit or our own budget is to blame and not this person.
 */
export type RegistryAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: string; readonly everybody: boolean };

/** FacePass's register of faces, as far as the sweep needs it. */
export interface FaceRegistry {
  standing(merchantUserKey: string): Promise<RegistryAnswer<FaceStanding>>;
  /** True where FacePass says that it is done; `completed: false` is not done. */
  unregister(merchantUserKey: string): Promise<RegistryAnswer<boolean>>;
}

export function createFaceRegistry(client: FacePassClient, signal: AbortSignal): FaceRegistry {
  return {
    standing: (key) =>
      answered(async () => {
        const { registered, registeredTs, auditStatus } = await client.registrations.status(key, { signal });
        return { registered, registeredTs: registeredTs ?? null, auditStatus: auditStatus ?? null };
      }),
    unregister: (key) =>
      answered(async () => (await client.registrations.unregister(key, { signal })).completed),
  };
}

async function answered<T>(call: () => Promise<T>): Promise<RegistryAnswer<T>> {
  try {
    return { ok: true, value: await call() };
  } catch (error) {
    if (!(error instanceof FacePassError)) throw error;
    const code = error instanceof FacePassAbortedError ? 'out_of_budget' : failureCode(error);
    return { ok: false, code, everybody: !(error instanceof FacePassApiError) };
  }
}
