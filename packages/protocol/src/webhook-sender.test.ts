import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemoryCoolDown, createWebhookSender, type WebhookSenderOptions } from './webhook-sender.ts';
import { generateWebhookSecret, isWebhookSecret, signWebhook } from './webhook-signature.ts';

const secret = generateWebhookSecret();
const alert = { type: 'mirror.lag', subject: 'verifications', at: 1_767_920_400_000, fields: { lagMs: 7 } };

function receiver(...answers: (number | 'unreachable')[]) {
  const requests: { headers: Headers; body: string }[] = [];
  const waits: number[] = [];
  let nowMs = 1_767_920_400_000;
  let ids = 0;
  const options: WebhookSenderOptions = {
    url: 'https://alerts.test/hook',
    secret,
    store: createMemoryCoolDown(),
    now: () => nowMs,
    newId: () => `msg_${++ids}`,
    sleep: async (ms) => {
      waits.push(ms);
      nowMs += ms;
    },
    fetch: async (request) => {
      requests.push({ headers: request.headers, body: await request.text() });
      const answer = answers.shift() ?? 200;
      if (answer === 'unreachable') throw new TypeError('network connection lost');
      return new Response(null, { status: answer });
    },
  };
  return { requests, waits, sender: createWebhookSender(options), pass: (ms: number) => (nowMs += ms) };
}

describe('a webhook alert', () => {
  it('carries its type, its instant and its fields, signed as Standard Webhooks has it', async () => {
    const { requests, sender } = receiver();
    expect(await sender.send(alert)).toBe('sent');
    const [request] = requests;
    expect(JSON.parse(request?.body ?? '')).toEqual({
      type: 'mirror.lag',
      timestamp: '2026-01-09T01:00:00.000Z',
      data: { lagMs: 7, subject: 'verifications' },
    });
    const signed = `${request?.headers.get('webhook-id')}.${request?.headers.get('webhook-timestamp')}.${request?.body}`;
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const expected = createHmac('sha256', key).update(signed).digest('base64');
    expect(request?.headers.get('webhook-signature')).toBe(`v1,${expected}`);
  });

  it('gives the signature of the specification’s own example', async () => {
    const signature = await signWebhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: 1_614_265_330,
      body: '{"test": 2432232314}',
    });
    expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is tried three times under one id, with a fresh signature and a longer wait each time', async () => {
    const { requests, waits, sender } = receiver(500, 'unreachable', 204);
    expect(await sender.send(alert)).toBe('sent');
    expect(requests.map(({ headers }) => headers.get('webhook-id'))).toEqual(['msg_1', 'msg_1', 'msg_1']);
    expect(waits).toEqual([500, 1_000]);
    expect(new Set(requests.map(({ headers }) => headers.get('webhook-signature'))).size).toBeGreaterThan(1);
  });

  it('takes a redirect for a refusal, so that nothing goes to an address nobody configured', async () => {
    const { requests, sender } = receiver(301, 302, 307);
    expect(await sender.send(alert)).toBe('failed');
    expect(requests).toHaveLength(3);
  });

  it('is not repeated within the hour, unless it is about something else', async () => {
    const { requests, sender, pass } = receiver();
    expect(await sender.send(alert)).toBe('sent');
    pass(59 * 60_000);
    expect(await sender.send(alert)).toBe('cooling');
    expect(await sender.send({ ...alert, subject: 'registrations' })).toBe('sent');
    pass(60_000);
    expect(await sender.send(alert)).toBe('sent');
    expect(requests).toHaveLength(3);
  });

  it('does not cool down when nobody took it', async () => {
    const { sender } = receiver(500, 500, 500);
    expect(await sender.send(alert)).toBe('failed');
    expect(await sender.send(alert)).toBe('sent');
  });
});

describe('a webhook secret', () => {
  it('has the specification’s form and enough bytes', () => {
    expect(isWebhookSecret(secret)).toBe(true);
    for (const bad of ['', 'secret', 'whsec_', 'whsec_AAAA', `whsec_${'%'.repeat(40)}`, secret.slice(6)]) {
      expect(isWebhookSecret(bad), bad).toBe(false);
    }
  });

  it('is not repeated in the error about it', async () => {
    const broken = signWebhook('whsec_short', { id: 'a', timestamp: 1, body: '' });
    await expect(broken).rejects.toThrow(RangeError);
    await expect(broken).rejects.not.toThrow('short');
  });
});
