import { hashToken, type TokenStore } from '@facepass-kit/core/client';
import type { FacePassSession } from './facepass-session.ts';

/** The client's tokens in the one session object. */
export function createSessionTokenStore(session: () => DurableObjectStub<FacePassSession>): TokenStore {
  return {
    read: async (key) => (await session().readToken(key)) ?? undefined,
    write: async (key, token) => await session().writeToken(key, await hashToken(token.accessToken), token),
    refuse: async (key, hash) => await session().refuseToken(key, hash),
  };
}

const SESSION_NAME = 'facepass';
/** FacePass answers from Korea. */
const LOCATION: DurableObjectLocationHint = 'apac';

export function sessionStub(namespace: DurableObjectNamespace<FacePassSession>) {
  return () => namespace.getByName(SESSION_NAME, { locationHint: LOCATION });
}
