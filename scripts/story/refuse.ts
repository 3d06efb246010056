import { createSealer, generateKeyPair, importPeerKey } from '@facepass-kit/crypto';
import type { Story } from '../lib/story.ts';
import { doors, people } from '../lib/venue.ts';
import type { StoryContext } from './story-context.ts';

export async function refuseWhoMayNotAsk(story: Story, { stack, secrets }: StoryContext): Promise<void> {
  story.chapter('Whoever is not FacePass, or sends what cannot be read, gets no answer');
  const ask = async (token: string, path: string, body: unknown): Promise<unknown> => {
    const response = await fetch(`${stack.edgeUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const question = { merchantUserKey: people.hong.merchantUserKey, params: doors.floor10 };
  story.expect(
    'a wrong bearer token is refused',
    await ask('wrong-token-wrong-token', PERMISSIONS, question),
    {
      status: 401,
    },
  );
  story.expect(
    'a question without params is refused, naming the field',
    await ask(secrets.partnerToken, PERMISSIONS, { merchantUserKey: people.hong.merchantUserKey }),
    { status: 400, body: { code: 'INVALID_REQUEST', errors: [{ path: 'params' }] } },
  );
  const foreignKey = await importPeerKey((await generateKeyPair()).publicKeySpkiBase64);
  const foreign = await createSealer({ peer: foreignKey }).seal({ encryptedCI: people.hong.ci });
  story.expect(
    'an envelope for another key is refused without saying why',
    await ask(secrets.partnerToken, VALIDATE, foreign),
    { status: 400, body: { code: 'ENVELOPE_REJECTED', message: 'The encrypted fields could not be read.' } },
  );
}

const PERMISSIONS = '/v1/access/permissions';
const VALIDATE = '/v1/user/validate';
