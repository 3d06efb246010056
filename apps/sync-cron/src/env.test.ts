import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { parseEnvironment } from './env.ts';

const good = {
  FACEPASS_CLIENT_ID: 'id',
  FACEPASS_CLIENT_SECRET: 'secret',
  PEPPER: 'pepper',
  DATA_KEYS: '[{"kid":"k1","k":"key"}]',
};

describe('the environment', () => {
  it('is what the tests run with', () => {
    expect(parseEnvironment(env).clientId).toBe('client-a');
  });

  it('takes an empty variable for none', () => {
    expect(
      parseEnvironment({ ...good, WORKERS_PLAN: '', FACEPASS_SCOPE: '', HISTORY_START: '' }),
    ).toMatchObject({
      plan: 'paid',
      scope: undefined,
    });
  });

  it('of the tests is not a developer’s own', () => {
    expect(parseEnvironment(env)).toMatchObject({ plan: 'paid', scope: undefined });
  });

  it('has defaults for all but the secrets', () => {
    const parsed = parseEnvironment(good);
    expect(parsed).toMatchObject({ timeZone: 'Asia/Seoul', safetyLagMs: 60_000, requestsPerSecond: 10 });
    expect(parsed.historyStartAt(Date.UTC(2026, 0, 31))).toBe(Date.UTC(2026, 0, 24));
  });

  it('names every variable that is missing, in one error', () => {
    expect(() => parseEnvironment({})).toThrow(
      expect.objectContaining({
        code: 'BAD_ENVIRONMENT',
        variables: ['FACEPASS_CLIENT_ID', 'FACEPASS_CLIENT_SECRET', 'PEPPER', 'DATA_KEYS'],
      }),
    );
  });

  it.each(['+09:00', '+09', '-0500', '+00:00'])(
    'takes no offset (%s) for a time zone, and says what to write',
    (offset) => {
      expect(() => parseEnvironment({ ...good, FACEPASS_TIME_ZONE: offset })).toThrow(
        /FACEPASS_TIME_ZONE: expected an IANA time zone such as "Asia\/Seoul", which an offset is not/,
      );
    },
  );

  it.each([
    ['DATA_KEYS', 'marked{'],
    ['DATA_KEYS', '["marked"]'],
    ['DATA_KEYS', '[{"kid":"marked"}]'],
    ['FACEPASS_BASE_URL', 'marked value'],
    ['FACEPASS_TIME_ZONE', 'Marked/Zone'],
    ['HISTORY_START', 'marked'],
    ['SAFETY_LAG_SECONDS', 'marked'],
    ['FACEPASS_REQUESTS_PER_SECOND', '-1'],
  ])('names %s and never its value %s', (variable, value) => {
    let message = '';
    try {
      parseEnvironment({ ...good, [variable]: value });
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    expect(message).toContain(`${variable}: `);
    expect(message.toLowerCase()).not.toContain('marked');
  });
});
