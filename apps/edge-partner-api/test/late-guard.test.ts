import { env } from 'cloudflare:workers';
import { permissionsRequest } from '@facepass-kit/core/partner';
import {
  createBlindIndex,
  createDataCipher,
  createPersonReferences,
  type DecisionMessage,
} from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import { readSettings, required } from '../src/env.ts';
import { createAccessService } from '../src/services/access-service.ts';
import { createMemberReader } from '../src/services/member-reader.ts';
import { createGuardStub } from '../src/store/guard-stub.ts';
import { createKvMemberProjection } from '../src/store/member-projection.ts';
import { adminClient, askDoor, freshStores, member, offices, publish, putMembers } from './world.ts';

freshStores();

describe('a guard that gets to a question after the answer was given', () => {
  it('spends and records nothing', async () => {
    await publish({
      ...offices,
      rules: [
        {
          id: 'once',
          effect: 'permit',
          who: { groups: ['staff'] },
          zones: ['floor-10'],
          quota: { max: 1, per: 'day' },
        },
      ],
    });
    await putMembers(member('000001'));
    const settings = readSettings(env);
    const people = createPersonReferences(
      await createBlindIndex(required(settings, 'PEPPER')),
      await createDataCipher(required(settings, 'DATA_KEYS')),
    );
    const recorded: DecisionMessage[] = [];
    const asked = Date.now() - 10_000;
    const access = createAccessService({
      members: createMemberReader(createKvMemberProjection(env.RULES), null),
      guard: createGuardStub(env.GUARD),
      decisions: {
        append: async (messages) => {
          recorded.push(...messages);
        },
      },
      eventual: null,
      people: async () => people,
      // Asked ten seconds ago, by a server that waits two.
      now: () => asked,
    });
    const context = { requestId: 'r', log: () => {}, waitUntil: () => {} };
    const question = permissionsRequest.parse({ merchantUserKey: '000001', params: { floor: '10' } });
    expect(await access.ask(question, null, context)).toMatchObject({
      answer: { verified: false },
      reason: 'unavailable',
    });
    expect(recorded).toMatchObject([{ source: 'edge', reason: 'unavailable' }]);
    expect(await adminClient().lastDecisions()).toEqual([]);
    expect(await askDoor('000001')).toMatchObject({ verified: true });
  });
});
