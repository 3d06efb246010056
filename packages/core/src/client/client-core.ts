import type { EnvelopeScheme } from '@facepass-kit/crypto';
import type { TraitsMemory } from './list.ts';
import type { PeerKeyCache } from './peer-key-cache.ts';
import type { Transport } from './transport.ts';

/** What the resources share. */
export interface ClientCore {
  readonly transport: Transport;
  readonly peerKey: PeerKeyCache;
  readonly scheme: EnvelopeScheme;
  readonly timeZone: string;
  /** What each list's server turned out to be like. */
  readonly memories: Readonly<Record<'registrations' | 'verifications' | 'deviceGroups', TraitsMemory>>;
}
