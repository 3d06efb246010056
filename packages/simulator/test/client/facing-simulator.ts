/** A client and a simulated FacePass in one process under one virtual clock. */
import { createFacePassClient, type FacePassClient, type FacePassClientOptions } from '@facepass-kit/core';
import { createVirtualClock, type VirtualClock } from '@facepass-kit/core/testing';
import { generateKeyPair } from '@facepass-kit/crypto';
import { createSimulator, type RequestNote, type Simulator, seededRandom } from '../../src/index.ts';
import { credentials, noonMs } from '../support/facepass.ts';

/** Making an RSA key takes longer than a run: one serves them all. */
const keyPair = await generateKeyPair();

export interface Facing {
  readonly client: FacePassClient;
  readonly simulator: Simulator;
  readonly clock: VirtualClock;
  /** What FacePass noted since the last time it was asked. */
  newNotes(): Promise<readonly RequestNote[]>;
}

export function facing(seed: number, options: Partial<FacePassClientOptions> = {}): Facing {
  const clock = createVirtualClock(noonMs);
  const simulator = createSimulator({
    now: clock.now,
    sleep: clock.work,
    random: seededRandom(seed),
    keyPair,
    merchants: [credentials],
  });
  const client = createFacePassClient({
    ...credentials,
    baseUrl: 'http://facepass.test',
    tokenUrl: 'http://facepass.test/token',
    fetch: simulator.fetch,
    now: clock.now,
    sleep: clock.sleep,
    startTimer: clock.startTimer,
    random: seededRandom(seed + 1),
    ...options,
  });
  let seen = 0;
  return {
    client,
    simulator,
    clock,
    async newNotes() {
      const notes = simulator.world.requests
        .notes(credentials.clientId)
        .filter(({ number }) => number > seen);
      seen = notes.at(-1)?.number ?? seen;
      return notes;
    },
  };
}
