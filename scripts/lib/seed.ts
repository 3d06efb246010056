/** Puts the venue into a running stack: rules and members into the edge app, the people into FacePass. */
import { type AdminClient, createAdminClient, type ReleaseHead } from '@facepass-kit/protocol';
import { createSimulatorControl, type SimulatorControl } from '@facepass-kit/simulator';
import type { LocalSecrets } from './local-secrets.ts';
import type { Stack } from './stack.ts';
import { members, type Person, rules, SITE } from './venue.ts';

export interface Handles {
  readonly admin: AdminClient;
  readonly simulator: SimulatorControl;
}

export function connectTo(stack: Stack, secrets: LocalSecrets): Handles {
  return {
    admin: createAdminClient({ baseUrl: stack.edgeUrl, token: secrets.adminToken }),
    simulator: createSimulatorControl({ url: stack.simulatorUrl, clientId: secrets.clientId }),
  };
}

/** Publishes the venue's rules and upserts its members. */
export async function seedVenue({ admin }: Handles): Promise<ReleaseHead> {
  await admin.upsertMembers({ members: [...members] });
  return await admin.publishRelease({ release: rules, publishedBy: 'seed', reason: 'The venue opens' });
}

/**
 * Seeds a stack that has no rules yet; one that was used before keeps what was made of it, but for a lockdown,
 * which would turn away whoever tries the printed examples. Answers whether the state was kept.
 */
export async function seedOnce(handles: Handles): Promise<boolean> {
  if ((await handles.admin.releaseHead()) === null) {
    await seedVenue(handles);
    return false;
  }
  await handles.admin.setSiteMode(SITE, { mode: 'normal', reason: 'The local stack starts' });
  return true;
}

/** Makes our side known to FacePass: its credentials, where it answers, and the key to encrypt for it. */
export async function introducePartner(handles: Handles, stack: Stack, secrets: LocalSecrets): Promise<void> {
  const { simulator } = handles;
  if (!(await knownMerchants(stack)).includes(secrets.clientId)) {
    await simulator.run('merchants/create', {
      clientId: secrets.clientId,
      clientSecret: secrets.clientSecret,
    });
  }
  await simulator.run('merchants/configure', {
    partner: {
      baseUrl: stack.edgeUrl,
      bearerToken: secrets.partnerToken,
      publicKey: secrets.envelopePublicKey,
    },
  });
}

/** Gives FacePass a user of its app, with what that user registered there; answers FacePass's id of the person. */
export async function createPerson(
  { simulator }: Handles,
  person: Omit<Person, 'merchantUserKey'>,
): Promise<string> {
  const { name, phoneNumber, birthDate, ci } = person;
  const created = await simulator.run('persons/create', { name, phoneNumber, birthDate, ci });
  return created.personId;
}

/** Somebody whom FacePass knows and the venue does not. */
export const stranger: Omit<Person, 'merchantUserKey'> = {
  name: '나그네',
  phoneNumber: '01055509999',
  birthDate: '20000101',
  ci: `${'9'.repeat(6)}${'B'.repeat(80)}==`,
};

async function knownMerchants(stack: Stack): Promise<unknown[]> {
  const response = await fetch(`${stack.simulatorUrl}/_sim`);
  const body: unknown = await response.json();
  const { merchants }: { merchants?: unknown } = Object(body);
  return Array.isArray(merchants) ? merchants : [];
}
