import { afterEach, describe, expect, it, vi } from 'vitest';
import { failure, scriptedWorld, success } from '../../conformance/scripted-facepass.ts';
import { platformRuntime } from '../../src/client/runtime.ts';
import {
  createFacePassClient,
  FacePassApiError,
  FacePassOptionError,
  type Middleware,
} from '../../src/client.ts';

const registered = () => success({ registered: true });

describe('settings of a call or a derived client', () => {
  it.each([{ timeoutMs: 0 }, { deadlineMs: Number.NaN }, { maxResponseBytes: -1 }, { maxRetries: 1.5 }])(
    'are refused like those of the constructor: %j',
    async (changes) => {
      const { client, asked } = scriptedWorld([registered]);
      expect(() => client.withOptions(changes)).toThrow(FacePassOptionError);
      await expect(client.registrations.status('1', changes)).rejects.toThrow(FacePassOptionError);
      expect(asked).toEqual([]);
    },
  );
});

describe('the time zone of FacePass’s times', () => {
  it.each(['+09:00', '-0500', 'Seoul/Asia'])('is a name, and %s is refused', (timeZone) => {
    expect(() => createFacePassClient({ clientId: 'id', clientSecret: 'secret', timeZone })).toThrow(
      expect.objectContaining({ option: 'timeZone', message: expect.stringContaining('Asia/Seoul') }),
    );
  });
});

describe('a limit that is longer than a platform’s timers', () => {
  afterEach(() => void vi.useRealTimers());

  it.each([2 ** 31, Number.POSITIVE_INFINITY])('is not over at once: %d ms', async (ms) => {
    vi.useFakeTimers();
    const ended: string[] = [];
    platformRuntime.startTimer(ms, () => ended.push('timer'));
    void platformRuntime.sleep(ms).then(() => ended.push('sleep'));
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(ended).toEqual([]);
  });
});

describe('a middleware', () => {
  it('may call next once; a second call ends the call with what to do instead', async () => {
    const twice: Middleware = async (request, next) => {
      await next(request.clone());
      return next(request);
    };
    const { client, asked } = scriptedWorld([registered, registered]);
    await expect(client.use(twice).registrations.status('1')).rejects.toThrow(/next at most once/);
    expect(asked).toHaveLength(1);
  });
});

describe('an errorCode', () => {
  it.each([
    ['DUPLICATED_USERKEY', true],
    ['E4001', true],
    ['01012345678', false],
    ['USER_19900101', false],
    ['1234', false],
  ])('%s is shown: %s', async (errorCode, shown) => {
    const { client } = scriptedWorld([failure(errorCode)]);
    const error: unknown = await client.registrations.status('1').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FacePassApiError);
    expect(String(error).includes(errorCode)).toBe(shown);
    expect(JSON.stringify(error).includes(errorCode)).toBe(shown);
    expect(error).toHaveProperty('errorCode', errorCode);
  });
});
