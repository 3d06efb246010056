import type { Merchant } from '../world/merchant.ts';
import { newcomer } from '../world/newcomer.ts';
import type { JsonObject } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** The partner's three endpoints. */
export type PartnerOperation = 'validate' | 'permissions' | 'registered';

/** Why a question got no usable answer. */
type SilenceReason = 'not-configured' | 'timeout' | 'network' | 'status' | 'not-json';

export type PartnerAnswer =
  | {
      readonly answered: true;
      readonly status: number;
      readonly body: JsonObject;
      readonly durationMs: number;
    }
  | {
      readonly answered: false;
      readonly why: SilenceReason;
      /** Null where no response came. */
      readonly status: number | null;
      readonly durationMs: number;
    };

/** An answer of the partner needs a few hundred bytes; beyond this FacePass stops reading. */
const maxAnswerCharacters = 64_000;

/** Asks a partner, as FacePass would: one attempt, no redirects, no longer than its timeout. */
export async function callPartner(
  world: World,
  merchant: Merchant,
  operation: PartnerOperation,
  body: JsonObject,
): Promise<PartnerAnswer> {
  const { baseUrl, paths, bearerToken, headers, timeoutMs } = merchant.settings.partner;
  const startedMs = world.nowMs();
  const silence = (why: SilenceReason, status: number | null = null): PartnerAnswer => ({
    answered: false,
    why,
    status,
    durationMs: world.nowMs() - startedMs,
  });
  if (baseUrl === null) return silence('not-configured');
  const abort = new AbortController();
  const finished = new AbortController();
  const exchange = async (): Promise<PartnerAnswer> => {
    const response = await world.parts.fetch(`${baseUrl.replace(/\/+$/, '')}${paths[operation]}`, {
      method: 'POST',
      redirect: 'manual',
      signal: abort.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(bearerToken !== null && { authorization: `Bearer ${bearerToken}` }),
        ...headers,
      },
      body: JSON.stringify(merchant.personality.unknownFields ? { ...body, ...newcomer } : body),
    });
    const text = await response.text();
    if (response.status !== 200) return silence('status', response.status);
    const answer = text.length > maxAnswerCharacters ? undefined : parseObject(text);
    if (answer === undefined) return silence('not-json', response.status);
    return { answered: true, status: response.status, body: answer, durationMs: world.nowMs() - startedMs };
  };
  const timeout = world.parts.sleep(timeoutMs, finished.signal).then(() => {
    abort.abort(new DOMException('The partner took too long.', 'TimeoutError'));
    return silence('timeout');
  });
  try {
    return await Promise.race([exchange(), timeout]);
  } catch {
    return silence('network');
  } finally {
    timeout.catch(() => {});
    finished.abort();
  }
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    // A JSON object: its members are looked at one by one.
    return isObject ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
