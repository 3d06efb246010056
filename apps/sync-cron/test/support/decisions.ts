import { env } from 'cloudflare:workers';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  type DecisionMessage,
  type PersonReferences,
} from '@facepass-kit/protocol';
import { parseEnvironment } from '../../src/env.ts';
import { noonMs } from './harness.ts';

export async function people(): Promise<PersonReferences> {
  const { pepper, dataKeys } = parseEnvironment(env);
  return createPersonReferences(await createBlindIndex(pepper), await createDataCipher(dataKeys));
}

/** A decision as the edge app sends it. */
export async function decision(
  id: string,
  merchantUserKey: string,
  change: Partial<DecisionMessage> = {},
): Promise<DecisionMessage> {
  return {
    v: 1,
    id,
    source: 'guard',
    sequence: null,
    at: noonMs,
    requestId: `request-${id}`,
    siteId: 'main',
    zoneId: 'gym',
    person: await (await people()).of(merchantUserKey),
    params: { gate: 'A', floor: '10' },
    effect: 'permit',
    reason: 'permitted',
    determining: ['rule-1'],
    code: 'OK',
    releaseHash: 'hash',
    memberVersion: 3,
    repeatOf: null,
    inputs: { facts: { status: 'active', groups: ['staff'] } },
    ...change,
  };
}
