import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { randomFaults, samplePersonality } from '../../src/index.ts';
import { startSimulator } from '../../src/node.ts';
import { credentials, noonMs } from '../support/facepass.ts';

const script = fileURLToPath(new URL('../conformance/walk.ts', import.meta.resolve('@facepass-kit/core')));

function walk(environment: Record<string, string>, range: readonly string[]) {
  const child = spawn(process.execPath, [script, ...range], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    return text;
  };
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return Promise.all([read(child.stdout), read(child.stderr), code]);
}

/** Noon in Seoul is the end of the range; the records lie in the twelve hours before. */
const range = ['--from', '2026-01-09T00:00:00', '--to', '2026-01-09T12:00:00'];
const generate = { count: 500, fromMs: noonMs - 12 * 3_600_000, toMs: noonMs };

async function facing() {
  const simulator = await startSimulator({ now: () => noonMs, merchants: [credentials] });
  const { control, url } = simulator;
  await control.run('records/verifications', { generate });
  await control.run('records/registrations', { generate: { ...generate, count: 40 } });
  const environment = {
    FACEPASS_BASE_URL: url,
    FACEPASS_TOKEN_URL: `${url}/token`,
    FACEPASS_CLIENT_ID: credentials.clientId,
    FACEPASS_CLIENT_SECRET: credentials.clientSecret,
  };
  return { simulator, control, environment };
}

/** The script really waits between its attempts. */
describe('conformance/walk.ts', { timeout: 120_000 }, () => {
  it('prints every record of both histories once, from a server as odd as the samples, on a bad day', async () => {
    const { environment, control, simulator } = await facing();
    try {
      const { seed, rules = [] } = randomFaults(7, { chancePerRequest: 0.1, maxDelayMs: 50 });
      // Without records that appear behind the walk's back: those it need not have seen.
      const faults = { seed, rules: rules.filter(({ fault }) => fault.kind !== 'late-records') };
      await control.run('merchants/configure', {
        personality: { ...samplePersonality, maxPageSize: 30 },
        faults,
      });
      const [out, err, code] = await walk(environment, range);
      expect([code, err]).toEqual([0, '']);
      const lines: { history: string; id: string }[] = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const truth = await control.run('truth', {});
      const printed = (history: string) =>
        lines.filter((line) => line.history === history).map(({ id }) => id);
      const sorted = (ids: readonly string[]) => ids.toSorted();
      expect(sorted(printed('verifications'))).toEqual(sorted(truth.verifications.map(({ id }) => id)));
      expect(sorted(printed('registrations'))).toEqual(sorted(truth.registrationEvents.map(({ id }) => id)));
    } finally {
      await simulator.close();
    }
  });

  it('ends with 1 and a reason when the credentials are refused, without saying them', async () => {
    const { environment, simulator } = await facing();
    try {
      const wrong = { ...environment, FACEPASS_CLIENT_SECRET: 'wrong-secret' };
      const [out, err, code] = await walk(wrong, range);
      expect([out, code]).toEqual(['', 1]);
      expect(err).toContain('refused the credentials');
      expect(err).not.toContain('wrong-secret');
    } finally {
      await simulator.close();
    }
  });

  it('says what is missing', async () => {
    const [, err, code] = await walk({}, range);
    expect([code, err.includes('FACEPASS_BASE_URL')]).toEqual([2, true]);
  });
});
