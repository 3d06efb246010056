import type { FacePassClient } from '@facepass-kit/core';
import type { Handles } from '../lib/seed.ts';
import type { Story } from '../lib/story.ts';
import { people } from '../lib/venue.ts';

export async function leave(story: Story, facepass: FacePassClient, { admin }: Handles): Promise<void> {
  story.chapter('A member leaves: erased here, their face is unregistered there');
  const { merchantUserKey } = people.kim;
  const registered = async () => (await facepass.registrations.status(merchantUserKey)).registered;
  const [member] = await admin.lookUpMembers({ merchantUserKey });
  const person = member?.person ?? '';
  await admin.eraseMember(person, 'left');
  story.expect('the face is still registered after the member was erased', await registered(), true);

  await admin.sweepLeavers();
  story.expect(
    'the sweep finds it, and lists the person by the key kept for this alone',
    await admin.leavers(),
    [{ person, merchantUserKey, why: 'erased', state: 'registered' }],
  );
  const mirrored = await admin.recentVerifications({ merchantUserKey });
  story.expect('nothing else leads to them any more', mirrored, []);

  await admin.approveLeavers([person]);
  const { sweep } = await admin.sweepLeavers();
  story.expect('approved, the face is unregistered', [sweep.unregistered, await registered()], [1, false]);

  const now = Date.now();
  const range = { from: now - 86_400_000, to: now + 1_000 };
  const file = await admin.exportRows({ table: 'verifications', format: 'csv', keys: true, ...range });
  const text = await new Response(file).text();
  story.expect(
    'an export names who is still a member, and not who was erased',
    [text.includes(people.hong.merchantUserKey), text.includes(merchantUserKey)],
    [true, false],
  );
}
