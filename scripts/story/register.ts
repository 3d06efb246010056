import type { FacePassClient } from '@facepass-kit/core';
import { createPerson, type Handles, stranger } from '../lib/seed.ts';
import type { Story } from '../lib/story.ts';
import { people } from '../lib/venue.ts';

export async function register(story: Story, facepass: FacePassClient, handles: Handles): Promise<void> {
  const { simulator } = handles;
  story.chapter('Two people register in the app, one by CI, one by phone and birth date');
  for (const [person, by] of [
    [people.hong, 'ci'],
    [people.kim, 'identity'],
  ] as const) {
    const personId = await createPerson(handles, person);
    const result = await simulator.run('app/register', { personId, by });
    story.expect(`${person.name} is recognised as member ${person.merchantUserKey} by ${by}`, result, {
      outcome: 'registered',
      registration: { merchantUserKey: person.merchantUserKey },
      problem: null,
    });
    const done = await simulator.run('app/complete', { merchantUserKey: person.merchantUserKey, times: 2 });
    story.expect(
      `the completion callback is taken, and its repetition too`,
      done.partner.map(({ status }) => status),
      [200, 200],
    );
    story.expect(
      `FacePass says that ${person.name} is registered`,
      await facepass.registrations.status(person.merchantUserKey),
      { registered: true, auditStatus: 'SUCCESS' },
    );
  }
  const strangerId = await createPerson(handles, stranger);
  const refused = await simulator.run('app/register', { personId: strangerId, by: 'identity' });
  story.expect('somebody who is no member cannot register', refused, { outcome: 'refused' });
}
