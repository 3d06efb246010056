import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { servicesOf } from '../src/services/services.ts';
import { renew, rotation } from './rotation.ts';
import { adminClient, freshStores, member, putMembers } from './world.ts';

freshStores();

/** The bindings of the tests with other variables. */
const importsIn = async (deployment: object) =>
  await servicesOf({ ...env, ...deployment } as typeof env).imports();

it.each([
  ['is being checked', 'checking'],
  ['is written', 'writing'],
  ['has its leavers removed', 'removing'],
])('a file that %s while the pepper is changed takes nobody whom it names for a leaver', async (_, state) => {
  await putMembers(member('stays'), member('changes'), member('leaves'));
  const { during } = rotation();
  const before = { JOBS: during.JOBS };
  const { id } = await adminClient(before).importMembers(
    { format: 'csv', content: 'merchantUserKey,groups\nstays,staff\nchanges,night\n' },
    { mode: 'replace', maxRemovedPercent: 100 },
  );
  const early = await importsIn(before);
  do await early.advance(id);
  while ((await early.get(id)).state !== state);
  await renew(during);
  const late = await importsIn(during);
  while (await late.advance(id));
  expect(await late.get(id)).toMatchObject({ state: 'done', leaving: 1, removed: 1 });
  const { members } = await adminClient(during).listMembers();
  expect(
    Object.fromEntries(members.map((one) => [one.merchantUserKey, [one.status, ...one.groups]])),
  ).toEqual({
    stays: ['active', 'staff'],
    changes: ['active', 'night'],
    leaves: ['suspended', 'staff'],
  });
});
