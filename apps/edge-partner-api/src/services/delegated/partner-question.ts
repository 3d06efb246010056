import { memberKeySchema, memberSchema } from '@facepass-kit/access/schema';
import { memberIdentity, signWebhook } from '@facepass-kit/protocol';
import * as z from 'zod';
import { boundedText } from '../../http/bounded-text.ts';

/** Whom the partner's own system is asked about. */
export type PartnerQuestion =
  | { readonly merchantUserKey: string }
  | { readonly ci: string }
  | { readonly phoneNumber: string };

/** A member as the partner's own system answers one: what the rules read, and who it is where B1 asks. */
const partnerMember = memberSchema.omit({ version: true }).extend({
  /** Grows with every change, where the system counts; a decision records it. */
  version: z.int().min(0).default(0),
  identity: memberIdentity.optional(),
});
export type PartnerMember = z.output<typeof partnerMember>;

/** More than a family with one phone number. */
const CANDIDATES_MAX = 20;
const partnerAnswer = z.object({ members: z.array(partnerMember).max(CANDIDATES_MAX) });

/** A member at every limit has about 40 KB. What goes on beyond this is not read. */
const ANSWER_MAX_BYTES = 256 * 1024;

/** The partner's own system did not answer, or not as agreed. */
export class PartnerSystemError extends Error {
  override readonly name = 'PartnerSystemError';
  readonly code: 'timeout' | 'unreachable' | 'bad_status' | 'bad_answer' | 'circuit_open';

  constructor(code: PartnerSystemError['code']) {
    super(`the partner's own system: ${code}`);
    this.code = code;
  }
}

export interface PartnerSystem {
  readonly url: string;
  /** As Standard Webhooks has secrets; the request is signed with each of them, the newest first. */
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/**
 * Asks the partner's own system, signed as Standard Webhooks has it: `webhook-id`, `webhook-timestamp`, and in
 * `webhook-signature` one HMAC-SHA-256 over `<id>.<timestamp>.<body>` for each secret.
 *
 * @throws PartnerSystemError
 */
export async function askPartner(system: PartnerSystem, question: PartnerQuestion): Promise<PartnerMember[]> {
  const { url, secrets, timeoutMs, now } = system;
  const id = crypto.randomUUID();
  const timestamp = Math.floor(now() / 1000);
  const body = JSON.stringify(question);
  const signatures = await Promise.all(secrets.map((secret) => signWebhook(secret, { id, timestamp, body })));
  const text = await send(system, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signatures.join(' '),
    },
    body,
    // Elsewhere would be somebody who was not agreed on.
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const parsed = partnerAnswer.safeParse(jsonOf(text));
  if (!parsed.success || !parsed.data.members.every((member) => fits(member, question))) {
    throw new PartnerSystemError('bad_answer');
  }
  return parsed.data.members;

  async function send({ fetch: sendRequest }: PartnerSystem, init: RequestInit): Promise<string | null> {
    try {
      const response = await sendRequest(url, init);
      if (response.status !== 200) throw new PartnerSystemError('bad_status');
      return await boundedText(response.body, ANSWER_MAX_BYTES);
    } catch (error) {
      if (error instanceof PartnerSystemError) throw error;
      const late = error instanceof Error && error.name === 'TimeoutError';
      throw new PartnerSystemError(late ? 'timeout' : 'unreachable');
    }
  }
}

/** Whether an answer is about whom was asked: anybody else's facts would let the wrong person in. */
function fits({ merchantUserKey, identity }: PartnerMember, question: PartnerQuestion): boolean {
  if ('merchantUserKey' in question) {
    const asked = memberKeySchema.safeParse(question.merchantUserKey);
    return asked.success && merchantUserKey === asked.data;
  }
  if ('ci' in question) return identity?.ci === question.ci;
  return identity?.phoneNumber === question.phoneNumber;
}

function jsonOf(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
