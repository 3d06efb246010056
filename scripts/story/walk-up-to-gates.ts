import type { Handles } from '../lib/seed.ts';
import type { Story } from '../lib/story.ts';
import { type Door, outsideHoursNow, people, SITE } from '../lib/venue.ts';
import type { Attempt } from './story-context.ts';

export async function walkUpToGates(
  story: Story,
  { admin, simulator }: Handles,
  devices: Record<Door, string>,
): Promise<Attempt[]> {
  story.chapter('People walk up to gates');
  const attempts: Attempt[] = [];
  const ask = async (
    what: string,
    who: { merchantUserKey: string },
    door: Door,
    reason: string,
  ): Promise<void> => {
    const { merchantUserKey } = who;
    const result = await simulator.run('gate/verify', { deviceId: devices[door], merchantUserKey });
    const opened = reason === 'permitted';
    story.expect(
      `${what}: ${opened ? 'in' : `turned away (${reason})`}, shown “${result.shown.text}”`,
      result,
      {
        outcome: opened ? 'opened' : 'denied',
        problems: [],
        verification: { merchantUserKey, resultCode: opened ? null : 'MERCHANT_VALIDATION_FAILED' },
      },
    );
    attempts.push({ verificationId: result.verification.id, merchantUserKey, reason, opened });
  };
  const late = outsideHoursNow(new Date());

  await ask(`${people.hong.name} at the 10th floor`, people.hong, 'floor10', 'permitted');
  await ask(`${people.kim.name} at the 5th floor`, people.kim, 'floor5', 'permitted');
  await ask(`${people.kim.name} at the 10th floor, the wrong one`, people.kim, 'floor10', 'no_grant');
  await ask(`${late.name} in the lobby, outside hours`, late, 'lobby', 'closed_now');
  await ask(
    `${people.suspended.name}, suspended, in the lobby`,
    people.suspended,
    'lobby',
    'member_suspended',
  );
  await ask('somebody unknown in the lobby', { merchantUserKey: '999999' }, 'lobby', 'unknown_member');

  await admin.setSiteMode(SITE, { mode: 'lockdown', reason: 'Fire drill' });
  story.tell('the site is locked down');
  await ask(`${people.hong.name} at the 10th floor`, people.hong, 'floor10', 'site_lockdown');
  await admin.setSiteMode(SITE, { mode: 'normal', reason: 'Drill over' });
  story.tell('the lockdown is over');
  await ask(`${people.hong.name} at the meeting room`, people.hong, 'meetingRoom', 'permitted');

  await admin.upsertMembers({
    members: [{ merchantUserKey: people.kim.merchantUserKey, status: 'suspended', groups: ['staff'] }],
  });
  story.tell(`${people.kim.name} is suspended`);
  await ask(`${people.kim.name} at the 5th floor, a moment later`, people.kim, 'floor5', 'member_suspended');
  return attempts;
}
