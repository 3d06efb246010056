import { env } from 'cloudflare:workers';
import { generatePepper, type RenewalView } from '@facepass-kit/protocol';
import { servicesOf } from '../src/services/services.ts';
import { adminClient } from './world.ts';

/** What the tests' own deployment has, read as it stands in its environment. */
export function secret(name: 'PEPPER' | 'DATA_KEYS'): string {
  const value: unknown = Reflect.get(env, name);
  if (typeof value !== 'string') throw new Error(`${name} is not set`);
  return value;
}

/** Deployments with another pepper: while it is changed, and afterwards. Renewals are driven by the tests. */
export function rotation() {
  const pepper = generatePepper();
  const JOBS = { create: async () => ({}) };
  return {
    pepper,
    during: { PEPPER: pepper, PREVIOUS_PEPPER: secret('PEPPER'), JOBS },
    after: { PEPPER: pepper, RETIRED_PEPPERS: secret('PEPPER'), JOBS },
  };
}

/** Runs a renewal in a deployment, `between` after every step. */
export async function renew(
  deployment: object,
  between: () => Promise<void> = async () => {},
): Promise<RenewalView> {
  const client = adminClient(deployment);
  const { run } = await client.beginRenewal('ticket 7');
  // The bindings of the tests with other variables.
  const renewals = await servicesOf({ ...env, ...deployment } as typeof env).renewals();
  while (await renewals.advance(run?.id ?? '')) await between();
  return await client.renewal();
}
