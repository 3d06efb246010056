import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { adminClient, askDoor, member, publish, putMembers, sharedStores } from './world.ts';

sharedStores();

/** Questions under way at once: a rush hour at several dozen doors. */
const AT_ONCE = 100;
const QUESTIONS_AFTER = 10_000;

describe('a lockdown under load', () => {
  // Every line is carried to the test runner, which costs more than the question it is about.
  beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => {}));
  afterEach(() => vi.restoreAllMocks());

  it('lets nobody in once it is acknowledged, in ten thousand questions', async () => {
    await publish();
    await putMembers(...Array.from({ length: AT_ONCE }, (_, n) => member(`member-${n}`)));
    const permitted = async (): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => askDoor(`member-${n}`)));
      return answers.filter(({ verified }) => verified === true).length;
    };
    expect(await permitted()).toBe(AT_ONCE);
    // Some of these overtake the lockdown and some do not; what counts begins when it is acknowledged.
    const overtaking = permitted();
    await adminClient().setSiteMode('hq', { mode: 'lockdown', reason: 'drill' });
    let after = 0;
    for (let asked = 0; asked < QUESTIONS_AFTER; asked += AT_ONCE) after += await permitted();
    expect(after).toBe(0);
    expect(await overtaking).toBeLessThanOrEqual(AT_ONCE);
  });
});
