import { FacePassApiError, FacePassProtocolError } from '../../src/client.ts';
import { assert, assertEqual, group, rejection } from '../portable-case.ts';
import { type Answer, cutOff, scriptedWorld, success } from '../scripted-facepass.ts';

const SECRET = '홍길동-01012341234';
const endpoint = 'POST /api/v1/merchant/face-register-exist';

async function protocolError(answer: Answer, maxResponseBytes?: number): Promise<FacePassProtocolError> {
  const { client } = scriptedWorld([answer], { maxRetries: 0, maxResponseBytes });
  return rejection(FacePassProtocolError, () => client.registrations.status('000001'));
}

export const answerCases = group('unreadable answers', {
  async 'each names its kind and its endpoint, and nothing of its content'() {
    const answers: Record<string, [Answer, number?]> = {
      not_json: [() => new Response(`<html>${SECRET}</html>`)],
      truncated: [() => cutOff(`{"resultType":"${SECRET}`)],
      too_large: [() => new Response(SECRET.repeat(1000)), 1000],
      wrong_shape: [() => Response.json([SECRET])],
    };
    for (const [problem, [answer, limit]] of Object.entries(answers)) {
      const error = await protocolError(answer, limit);
      assertEqual([error.code, error.problem, error.endpoint], ['protocol_error', problem, endpoint]);
      assert(!`${error.stack}${JSON.stringify(error)}`.includes('홍길동'), `no content in ${problem}`);
    }
  },

  async 'an empty body, text that is not UTF-8 and JSON cut short are not JSON'() {
    for (const body of ['', '{"resultType":', new Uint8Array([0x22, 0xff, 0x22])]) {
      assertEqual((await protocolError(() => new Response(body))).problem, 'not_json');
    }
  },

  async 'a wrong shape names where it is wrong and what was expected'() {
    const cases: readonly [unknown, string, string | undefined][] = [
      [null, '', 'object'],
      ['text', '', 'object'],
      [{}, 'resultType', undefined],
      [{ resultType: 'MAYBE', success: {} }, 'resultType', undefined],
      [{ resultType: 'SUCCESS' }, 'success', 'object'],
      [{ resultType: 'SUCCESS', success: null }, 'success', 'object'],
      [{ resultType: 'SUCCESS', success: {} }, 'success.registered', 'boolean'],
      [{ resultType: 'SUCCESS', success: { registered: 'yes' } }, 'success.registered', 'boolean'],
      [{ resultType: 'FAIL' }, 'error', 'object'],
      [{ resultType: 'FAIL', error: { reason: SECRET } }, 'error.errorCode', 'string'],
    ];
    for (const [body, path, expected] of cases) {
      const error = await protocolError(() => Response.json(body));
      assertEqual([error.problem, error.path], ['wrong_shape', path], JSON.stringify(body));
      if (expected !== undefined) assert(error.message.includes(`expected ${expected}`), error.message);
    }
  },

  async 'a refusal whose code is a number is a refusal by that code'() {
    const body = { resultType: 'FAIL', error: { errorCode: 4003, reason: null } };
    const { client } = scriptedWorld([() => Response.json(body)], { maxRetries: 0 });
    const refused = await rejection(FacePassApiError, () => client.registrations.status('000001'));
    assertEqual(refused.errorCode, '4003');
  },

  async 'a large answer is not read beyond the limit'() {
    let sent = 0;
    const endless: Answer = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1024;
            controller.enqueue(new Uint8Array(1024).fill(32));
          },
        }),
      );
    assertEqual((await protocolError(endless, 10_000)).problem, 'too_large');
    assert(sent < 100_000, `reading to stop, not after ${sent} bytes`);
  },

  async 'white space around and a byte order mark do no harm'() {
    const text = `\uFEFF \n ${JSON.stringify({ resultType: 'SUCCESS', success: { registered: false } })} \n`;
    const { client } = scriptedWorld([() => new Response(text)]);
    assertEqual((await client.registrations.status('000001')).registered, false);
  },

  async 'what a write was made for must be there when it says that it was done'() {
    const { client } = scriptedWorld([success({ completed: true })]);
    const settings = { enableLiveness: true, shouldSuccessResultSkip: true, shouldFailResultSkip: true };
    const create = () => client.deviceGroups.create({ deviceGroupName: '1층', ...settings });
    assertEqual((await rejection(FacePassProtocolError, create)).path, 'success.groupId');
  },

  async 'a write that says it was not done is an answer, not an error'() {
    const { client } = scriptedWorld([success({ completed: false })]);
    assertEqual(await client.registrations.unregister('000001'), { completed: false });
    const silent = scriptedWorld([success({})]);
    assertEqual(await silent.client.registrations.unregister('000001'), { completed: false });
  },
});
