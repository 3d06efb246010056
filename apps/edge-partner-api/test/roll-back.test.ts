import { expect, it } from 'vitest';
import { laggingKv } from './counting.ts';
import { adminClient, freshStores, offices, publish } from './world.ts';

freshStores();

const again = { publishedBy: 'tests', reason: 'roll back' };
const stricter = { ...offices, rules: [] };
const strictest = { ...stricter, groups: [{ id: 'guards' }] };

/** KV that does not answer reads, or writes where it is told so. */
const down = {
  get: async () => {
    throw new Error('down');
  },
};

it.each([
  ['does not show yet what was published', laggingKv],
  ['does not answer', () => down],
])('rules published a moment ago are rolled back while KV %s', async (_, kv) => {
  const before = await publish();
  const after = await publish(stricter);
  const admin = adminClient({ RULES: kv() });
  expect(await admin.release(before.hash)).toMatchObject({ rules: [{ id: 'staff-10' }] });
  expect(await admin.diffReleases(before.hash, after.hash)).toMatchObject({ changes: [{}] });
  expect(await admin.previewRelease({ release: offices })).toMatchObject({ against: after.hash });
  expect(await admin.republishRelease(before.hash, again)).toMatchObject({ hash: before.hash, version: 3 });
});

it('rules from before those are said to be there, and not to be read for the moment', async () => {
  const first = await publish();
  await publish(stricter);
  await publish(strictest);
  const admin = adminClient({ RULES: laggingKv() });
  await expect(admin.republishRelease(first.hash, again)).rejects.toMatchObject({
    status: 503,
    code: 'RELEASE_UNREAD',
  });
  await expect(admin.republishRelease('a'.repeat(64), again)).rejects.toMatchObject({
    status: 404,
    code: 'UNKNOWN_RELEASE',
  });
});
