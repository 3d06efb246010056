import type { EnvelopeScheme } from '@facepass-kit/crypto';
import type { EventListener } from './events.ts';
import type { TraitsMemory } from './list.ts';
import type { PeerKeyCache } from './peer-key-cache.ts';
import type { Runtime } from './runtime.ts';
import type { SealingOptions } from './sealed-call.ts';
import type { Transport } from './transport.ts';

/** What the resources share. */
export interface ClientCore {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly emit: EventListener;
  readonly peerKey: PeerKeyCache;
  readonly scheme: EnvelopeScheme;
  readonly sealing: SealingOptions;
  readonly timeZone: string;
  /** What each list's server turned out to be like. */
  readonly memories: Readonly<Record<'registrations' | 'verifications' | 'deviceGroups', TraitsMemory>>;
}
