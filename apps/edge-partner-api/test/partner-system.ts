import { generateWebhookSecret, signWebhook } from '@facepass-kit/protocol';

/** A partner's own system as an integrator would write it: checks the signature, then looks its members up. */
export interface PartnerSystem {
  readonly secret: string;
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly members: object[];
  /** How often it was asked, wrongly signed questions included. */
  asked(): number;
  /** What it does instead of answering. */
  trouble: (() => Response | Promise<Response>) | null;
}

/** A receiver refuses what was signed longer ago, so that a question that was overheard cannot be asked again. */
const TOLERANCE_SECONDS = 300;

export function createPartnerSystem(now: () => number = () => Date.now()): PartnerSystem {
  const secret = generateWebhookSecret();
  const url = 'https://members.partner.test/lookup';
  let asked = 0;

  const answer = async (request: Request): Promise<Response> => {
    asked += 1;
    if (system.trouble !== null) return await system.trouble();
    const id = request.headers.get('webhook-id') ?? '';
    const timestamp = Number(request.headers.get('webhook-timestamp'));
    const body = await request.text();
    const signature = await signWebhook(secret, { id, timestamp, body });
    const signatures = (request.headers.get('webhook-signature') ?? '').split(' ');
    const recent = Math.abs(now() / 1000 - timestamp) <= TOLERANCE_SECONDS;
    if (!recent || !signatures.includes(signature)) return new Response(null, { status: 401 });
    const [[field = '', value] = []] = Object.entries<string>(JSON.parse(body));
    const found = system.members.filter((member) => {
      const identity: unknown = Reflect.get(member, 'identity') ?? {};
      const holder = field === 'merchantUserKey' ? member : identity;
      return typeof holder === 'object' && holder !== null && Reflect.get(holder, field) === value;
    });
    return Response.json({ members: found });
  };

  const system: PartnerSystem = {
    secret,
    url,
    members: [],
    trouble: null,
    asked: () => asked,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const aborted = new Promise<never>((_, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
      });
      return await Promise.race([answer(request), aborted]);
    },
  };
  return system;
}
