import { env } from 'cloudflare:workers';
import { createSimulator, demoMerchant } from '@facepass-kit/simulator';
import { vi } from 'vitest';
import { PARTNER_TOKEN, send } from './world.ts';

const FACEPASS = 'https://facepass.simulated';

/** What FacePass is to a deployment that talks to the simulator. */
const simulatedFacePass = {
  FACEPASS_BASE_URL: FACEPASS,
  FACEPASS_TOKEN_URL: `${FACEPASS}/token`,
  FACEPASS_CLIENT_ID: demoMerchant.clientId,
  FACEPASS_CLIENT_SECRET: demoMerchant.clientSecret,
};

/**
 * The simulator in this isolate, both ways: it asks the app under these bindings and variables, and what the
 * app asks FacePass reaches it. It really seals, opens and compares. End with `vi.restoreAllMocks()`.
 *
 * @param arrive what the way to us adds to a request, such as what Cloudflare knows of the connection
 */
export async function simulatedWorld(
  overrides: object = {},
  { publicKey = env.TEST_PARTNER_PUBLIC_KEY, arrive = (request: Request) => request } = {},
) {
  const deployment = { ...simulatedFacePass, ...overrides };
  const simulator = createSimulator({
    fetch: async (input, init) => await send(arrive(new Request(input, init)), deployment),
  });
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith(FACEPASS) ? await simulator.fetch(request) : await real(request);
  });
  const { control } = simulator;
  await control.run('merchants/configure', {
    partner: { baseUrl: 'https://edge.test', bearerToken: PARTNER_TOKEN, publicKey },
  });

  /** A user of FacePass's app registers there. */
  const register = async (
    person: { name: string; phoneNumber: string; birthDate: string; ci?: string },
    by: 'ci' | 'identity' | 'phone' | 'everything',
  ) => {
    const { personId } = await control.run('persons/create', person);
    return await control.run('app/register', { personId, by });
  };
  return { control, register, deployment };
}
