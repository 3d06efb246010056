import { createFacePassClient, type FacePassClient } from '@facepass-kit/core';
import { createSealer, generateKeyPair, importPeerKey } from '@facepass-kit/crypto';
import type { MirroredDecision, MirroredVerification, SyncReport } from '@facepass-kit/protocol';
import type { LocalSecrets } from './local-secrets.ts';
import { createPerson, type Handles, introducePartner, seedVenue, stranger } from './seed.ts';
import type { Stack } from './stack.ts';
import type { Story } from './story.ts';
import { type Door, doors, outsideHoursNow, type Person, people, SITE } from './venue.ts';

export interface StoryContext {
  readonly stack: Stack;
  readonly secrets: LocalSecrets;
  readonly handles: Handles;
}

/** What happened at a door, to be found again in the mirror. */
interface Attempt {
  readonly verificationId: string;
  readonly merchantUserKey: string;
  readonly reason: string;
  readonly opened: boolean;
}

/** Queues deliver in batches of up to two seconds; a busy machine takes longer. */
const ARRIVAL_TIMEOUT_MS = 30_000;
const POLL_MS = 250;

export async function tellVenueStory(story: Story, context: StoryContext): Promise<void> {
  const { stack, secrets, handles } = context;
  const facepass = createFacePassClient({
    clientId: secrets.clientId,
    clientSecret: secrets.clientSecret,
    baseUrl: stack.simulatorUrl,
    tokenUrl: `${stack.simulatorUrl}/token`,
  });

  await openVenue(story, context);
  const devices = await connectDevices(story, facepass, handles);
  await register(story, facepass, handles);
  const attempts = await walkUpToGates(story, handles, devices);
  await refuseWhoMayNotAsk(story, context);
  await mirror(story, handles, attempts);
}

async function openVenue(story: Story, { stack, secrets, handles }: StoryContext): Promise<void> {
  story.chapter('The venue publishes its rules and members');
  await introducePartner(handles, stack, secrets);
  const published = await seedVenue(handles);
  story.tell(
    `release ${published.hash.slice(0, 12)}, version ${published.version}: three groups, four zones`,
  );
  story.expect('the release published is the release in force', await handles.admin.releaseHead(), {
    hash: published.hash,
    version: published.version,
  });
}

async function connectDevices(
  story: Story,
  facepass: FacePassClient,
  { simulator }: Handles,
): Promise<Record<Door, string>> {
  story.chapter('A device group is made and devices are connected');
  const group = await facepass.deviceGroups.create({
    deviceGroupName: '본사 게이트',
    enableLiveness: true,
    shouldSuccessResultSkip: true,
    shouldFailResultSkip: true,
    tags: { 지점: '본사' },
  });
  story.expect('FacePass made the group', group, { completed: true });
  const { groupId } = group;
  if (groupId === undefined || groupId === null) throw new Error('FacePass gave the new group no id');
  const connect = async (door: Door): Promise<string> => {
    const { verifyCode } = await facepass.devices.createConnectCode({
      groupId,
      deviceName: door,
    });
    const device = await simulator.run('devices/connect', { verifyCode, params: doors[door] });
    return device.deviceId;
  };
  const devices = {
    lobby: await connect('lobby'),
    floor10: await connect('floor10'),
    floor5: await connect('floor5'),
    meetingRoom: await connect('meetingRoom'),
  };
  const listed = await facepass.devices.list(groupId);
  story.expect(
    'FacePass lists the devices that were connected',
    listed.map(({ deviceId, deviceName }) => ({ deviceId, deviceName })),
    Object.entries(devices).map(([deviceName, deviceId]) => ({ deviceId, deviceName })),
  );
  return devices;
}

async function register(story: Story, facepass: FacePassClient, handles: Handles): Promise<void> {
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

async function walkUpToGates(
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
  const late: Person = outsideHoursNow(new Date());

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

async function refuseWhoMayNotAsk(story: Story, { stack, secrets }: StoryContext): Promise<void> {
  story.chapter('Whoever is not FacePass, or sends what cannot be read, gets no answer');
  const ask = async (token: string, path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${stack.edgeUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const question = { merchantUserKey: people.hong.merchantUserKey, params: doors.floor10 };
  story.expect(
    'a wrong bearer token is refused',
    await ask('wrong-token-wrong-token', PERMISSIONS, question),
    {
      status: 401,
    },
  );
  story.expect(
    'a question without params is refused, naming the field',
    await ask(secrets.partnerToken, PERMISSIONS, { merchantUserKey: people.hong.merchantUserKey }),
    { status: 400, body: { errors: [{ path: 'params' }] } },
  );
  const foreignKey = await importPeerKey((await generateKeyPair()).publicKeySpkiBase64);
  const foreign = await createSealer({ peer: foreignKey }).seal({ encryptedCI: people.hong.ci });
  story.expect(
    'an envelope for another key is refused without saying why',
    await ask(secrets.partnerToken, VALIDATE, foreign),
    { status: 400 },
  );
}

const PERMISSIONS = '/v1/access/permissions';
const VALIDATE = '/v1/user/validate';

async function mirror(story: Story, { admin }: Handles, attempts: readonly Attempt[]): Promise<void> {
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
