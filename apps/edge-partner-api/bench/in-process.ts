/**
 * The app as it is, called in one process with stores in memory: what is left is our own code. Beside it a bare Hono
 * handler that parses the same question and answers the same words.
 */
import { compile } from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  generateDataKey,
  generatePepper,
} from '@facepass-kit/protocol';
import { Hono } from 'hono';
import { app } from '../src/app.ts';
import type { Bindings } from '../src/env.ts';
import { createDoor } from '../src/store/guard/door.ts';
import { createKnownMembers } from '../src/store/guard/known-members.ts';
import { createLastPermits } from '../src/store/guard/last-permits.ts';
import type { Names } from '../src/store/guard/names.ts';
import type { AdmitQuestion } from '../src/store/guard-port.ts';
import type { MemberVersion } from '../src/store/member-directory.ts';
import type { MemberProjection } from '../src/store/member-projection.ts';

/**
 * Texts of decisions kept. The guard's storage takes each as text and out of the heap: a ring of a thousand objects here
 * made the collector move all of them again and again, a sixth of the time, which nothing that is deployed does.
 */
const RING = 64;
const TOKEN = 'partner-token-of-the-benchmark';

export interface InProcess {
  /** Answers the question of the member at this position with the status and text of the body. */
  readonly ours: (position: number) => Promise<string>;
  readonly bare: (position: number) => Promise<string>;
}

export async function inProcess(options: {
  /** A release as published. */
  readonly release: unknown;
  readonly facts: MemberVersion['facts'];
  readonly members: number;
  readonly paramsOf: (position: number) => object;
}): Promise<InProcess> {
  const { facts, members, paramsOf } = options;
  const secrets = { PEPPER: generatePepper(), DATA_KEYS: [generateDataKey('bench')] };
  const people = createPersonReferences(
    await createBlindIndex(secrets.PEPPER),
    await createDataCipher(secrets.DATA_KEYS),
  );
  const keys = Array.from({ length: members }, (_, position) => `member-${position}`);
  const persons = await Promise.all(keys.map((key) => people.hmac(key)));
  const stored = new Map(persons.map((person) => [person, { person, version: 1, facts }]));
  const env = {
    PARTNER_TOKENS: TOKEN,
    PEPPER: secrets.PEPPER,
    DATA_KEYS: JSON.stringify(secrets.DATA_KEYS),
    RULES: { get: async () => null },
    GUARD: { getByName: () => guard },
    DECISIONS: { send: async () => undefined },
    SESSION: { getByName: () => undefined },
    DB: undefined,
  };
  const find = (person: string) => stored.get(person) ?? null;
  const projection = { read: async (person: string) => find(person), readMany: async () => find };
  const guard = memoryGuard(options.release, projection);
  const ctx = {
    waitUntil: () => undefined,
    passThroughOnException: () => undefined,
    props: {},
    exports: {},
  };
  const bare = new Hono();
  bare.post('/v1/access/permissions', async (c) => {
    const { merchantUserKey } = await c.req.json<{ merchantUserKey: string }>();
    const verified = merchantUserKey !== '';
    return c.json({
      verified,
      customMessage: '입장이 확인되었습니다',
      message: '입장이 확인되었습니다',
      code: 'PERMITTED',
    });
  });
  const requestOf = (position: number): Request => {
    const body = JSON.stringify({ merchantUserKey: keys[position], params: paramsOf(position) });
    return new Request('https://edge.test/v1/access/permissions', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        // As it arrives over HTTP; every byte of these bodies is one character.
        'content-length': String(body.length),
        authorization: `Bearer ${TOKEN}`,
      },
      body,
    });
  };
  return {
    // Only what the door question uses of the bindings and the context is there.
    ours: async (position) =>
      await (
        await app.fetch(requestOf(position), env as unknown as Bindings, ctx as unknown as ExecutionContext)
      ).text(),
    bare: async (position) => await (await bare.fetch(requestOf(position))).text(),
  };
}

/** The guard's own decision, over a memory without disk: the last permits, and a short ring of what was written. */
function memoryGuard(release: unknown, projection: Pick<MemberProjection, 'read' | 'readMany'>) {
  const rules = { hash: 'bench', compiled: compile(parseRelease(release)) };
  const permits = createLastPermits([]);
  const ring: string[] = [];
  let sequence = 0;
  const names: Pick<Names, 'of' | 'asked'> = {
    of: ({ former, hmac }) => former ?? hmac,
    asked: ({ hmac }) => [hmac],
  };
  const overlay = { get: () => null };
  const members = createKnownMembers({ projection, names, overlay });
  const door = createDoor(
    {
      names,
      overlay,
      memory: {
        view: ({ merchantUserKey, repeat }, decisionId) => ({
          decisionId,
          mode: null,
          denies: [],
          lastPermit: repeat === null ? null : permits.of(merchantUserKey, repeat.zoneId, repeat.sinceMs),
          counters: {},
          passes: [],
          area: null,
        }),
        apply: () => undefined,
        remember(changes) {
          for (const change of changes) if (change.kind === 'permit') permits.keep(change);
        },
      },
      outbox: {
        append(message, changes) {
          ring[sequence++ % RING] = JSON.stringify(message) + JSON.stringify(changes);
        },
      },
    },
    (work) => work(),
  );
  return {
    async admit(question: AdmitQuestion) {
      const found = members.find(question.person);
      const member = found instanceof Promise ? await found : found;
      return { ...door.answer(rules, { ...question, member }, Date.now()), memberMs: 0 };
    },
  };
}
