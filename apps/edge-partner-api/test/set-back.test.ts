import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import afterSetBack from '../operations/after-set-back.sql?raw';
import { adminClient, askDoor, freshStores, member, publish, putMembers } from './world.ts';

freshStores();

const floor10 = { floor: '10' };
const admin = adminClient();

const statements = afterSetBack
  .replace(/^--.*$/m, '')
  .split(';')
  .filter((sql) => sql.trim() !== '');

it('after D1 was set back, doors follow it again, and so does every change made from then on', async () => {
  await publish();
  const keys = ['000001', '000002', '000003'];
  await putMembers(...keys.map((key) => member(key)));
  const people = new Map<string, string>();
  for (const key of keys) {
    const [found] = await admin.lookUpMembers({ merchantUserKey: key });
    people.set(key, found?.person ?? '');
  }
  const personOf = (key: string) => people.get(key) ?? '';
  const { lastSequence } = await admin.memberChanges({ after: 0 });
  const kept = await env.DB.prepare('SELECT * FROM members').all();
  // What was a mistake: everybody loses their groups, and one is suspended.
  await putMembers(...keys.map((key) => member(key, { groups: [] })));
  await admin.suspendMember(personOf('000003'), 'a mistake');
  const { lastSequence: followed } = await admin.memberChanges({ after: 0 });
  await runDurableObjectAlarm(env.GUARD.getByName('partner'));
  expect(await askDoor('000001', floor10)).toMatchObject({ verified: false });

  await env.DB.prepare('DELETE FROM member_changes WHERE sequence > ?').bind(lastSequence).run();
  await env.DB.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'member_changes'")
    .bind(lastSequence)
    .run();
  for (const { person, facts, version } of kept.results) {
    const set = env.DB.prepare('UPDATE members SET facts = ?, version = ? WHERE person = ?');
    await set.bind(facts, version, person).run();
  }
  expect(await askDoor('000001', floor10)).toMatchObject({ verified: false });

  expect(statements).toHaveLength(2);
  await env.DB.batch(statements.map((sql) => env.DB.prepare(sql)));
  // Whatever is written next hands over all that waits, as cron does within a minute.
  await admin.suspendMember(personOf('000002'), 'r');
  expect(await askDoor('000001', floor10)).toMatchObject({ verified: true });
  expect(await askDoor('000002', floor10)).toMatchObject({ verified: false });
  expect(await askDoor('000003', floor10)).toMatchObject({ verified: true });
  const { changes } = await admin.memberChanges({ after: followed });
  expect(changes.map(({ person }) => person).sort()).toEqual([...people.values(), personOf('000002')].sort());
});
