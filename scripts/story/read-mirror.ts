import type { MirroredDecision, MirroredVerification, SyncReport } from '@facepass-kit/protocol';
import type { Handles } from '../lib/seed.ts';
import type { Story } from '../lib/story.ts';
import { people } from '../lib/venue.ts';
import type { Attempt } from './story-context.ts';

/** Queues deliver in batches of up to two seconds; a busy machine takes longer. */
const ARRIVAL_TIMEOUT_MS = 30_000;
const POLL_MS = 250;

export async function readMirror(
  story: Story,
  { admin }: Handles,
  attempts: readonly Attempt[],
): Promise<void> {
  story.chapter('History is mirrored into D1, and holds what happened at the doors');
  const verifications = await until(
    async () => {
      await admin.sync();
      return await admin.recentVerifications({ limit: 100 });
    },
    (rows) => rows.length >= attempts.length,
  );
  story.expect(
    'every attempt is in the mirror once',
    sorted(verifications.map(({ id }) => id)),
    idsOf(attempts),
  );
  story.expect(
    'and each with its member and outcome',
    bySame(verifications, attempts).map(({ merchantUserKey, status }) => ({ merchantUserKey, status })),
    attempts.map(({ merchantUserKey, opened }) => ({ merchantUserKey, status: opened ? 'SUCCESS' : 'FAIL' })),
  );
  const registrations = await admin.recentRegistrations({ limit: 100 });
  story.expect(
    'both registrations are there',
    sorted(new Set(registrations.flatMap(({ merchantUserKey: key }) => (key === null ? [] : [key])))),
    [people.hong.merchantUserKey, people.kim.merchantUserKey],
  );

  const again = await admin.sync();
  story.expect('a second run changes nothing', changes(again), []);

  const decisions = await until(
    () => admin.recentDecisions({ limit: 100 }),
    (rows) => rows.length >= attempts.length,
  );
  const inOrder = [...decisions].sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
  story.expect(
    'every answer given at a door is in the decision log, with its reason',
    inOrder.map(({ merchantUserKey, effect, reason }: MirroredDecision) => ({
      merchantUserKey,
      effect,
      reason,
    })),
    attempts.map(({ merchantUserKey, opened, reason }) => ({
      merchantUserKey,
      effect: opened ? 'permit' : 'deny',
      reason,
    })),
  );
  story.expect(
    'the code we answered came back in the verification history',
    bySame(verifications, attempts).map(({ customCode }) => customCode),
    inOrder.map(({ code }) => code),
  );
}

/** The mirrored rows in the order of the attempts they record. */
function bySame(rows: readonly MirroredVerification[], attempts: readonly Attempt[]): MirroredVerification[] {
  return attempts.flatMap(({ verificationId }) => rows.filter(({ id }) => id === verificationId));
}

function idsOf(attempts: readonly Attempt[]): string[] {
  return sorted(attempts.map(({ verificationId }) => verificationId));
}

function sorted(texts: Iterable<string>): string[] {
  return [...texts].sort();
}

function changes(report: SyncReport): unknown[] {
  return report.streams.filter(
    ({ outcome, inserted, updated, quarantined }) =>
      outcome !== 'completed' || inserted + updated + quarantined > 0,
  );
}

async function until<T>(read: () => Promise<T>, enough: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + ARRIVAL_TIMEOUT_MS;
  for (;;) {
    const value = await read();
    if (enough(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
