import {
  createOpener,
  createSealer,
  decodeBase64,
  encodeBase64,
  importPeerKey,
  importPrivateKeys,
} from '../../src/index.ts';
import { assertEqual, assertFails, type PortableCase } from '../portable-case.ts';
import { testKey } from '../vectors.ts';

const group = 'fail alike';
const names = ['note', 'other'] as const;

interface Envelope {
  readonly encryptedKey: string;
  readonly iv: string;
  readonly note: string;
  readonly other: string;
}

/** What can be wrong with an envelope, each by its change to a good one. */
const causes: Readonly<
  Record<string, (envelope: Envelope) => Partial<Envelope> | Promise<Partial<Envelope>>>
> = {
  'a field altered': ({ note }) => ({ note: flip(note, 0) }),
  'a tag altered': ({ note }) => ({ note: flip(note, -1) }),
  'the last field altered': ({ other }) => ({ other: flip(other, 0) }),
  'the key altered': ({ encryptedKey }) => ({ encryptedKey: flip(encryptedKey, -1) }),
  'the IV altered': ({ iv }) => ({ iv: flip(iv, 0) }),
  'a field cut short': ({ note }) => ({ note: cut(note) }),
  'a field shorter than a tag': () => ({ note: 'AAAA' }),
  'an empty field': () => ({ note: '' }),
  'the key cut short': ({ encryptedKey }) => ({ encryptedKey: cut(encryptedKey) }),
  'a key of zeros': () => ({ encryptedKey: encodeBase64(new Uint8Array(256)) }),
  'a key above the modulus': () => ({ encryptedKey: encodeBase64(new Uint8Array(256).fill(255)) }),
  'an IV of another length': () => ({ iv: encodeBase64(new Uint8Array(16)) }),
  'Base64 with a line break': ({ note }) => ({ note: `${note}\n` }),
  'Base64 without padding': ({ iv }) => ({ iv: `${iv}=` }),
  'a 16-byte key': () => wrap(new Uint8Array(16)),
  'a 64-byte key': () => wrap(new Uint8Array(64)),
  'another key than the fields': () => wrap(new Uint8Array(32)),
};

export const failureCases: readonly PortableCase[] = [
  ...Object.entries(causes).map(([name, change]): PortableCase => {
    const run = async () => {
      const { opener, envelope } = await prepare();
      const error = await assertFails(
        async () => opener.open({ ...envelope, ...(await change(envelope)) }, names),
        'open_failed',
      );
      // Not even the runtime's own wording may shine through.
      assertEqual(
        [error.name, error.message, Object.keys(error).sort(), error.cause === undefined],
        ['EnvelopeError', 'The envelope could not be opened.', ['code', 'name'], true],
      );
    };
    return { group, name, run };
  }),
  {
    group,
    name: 'text that is not UTF-8, however well sealed',
    async run() {
      const { opener, envelope } = await prepare();
      const dek = crypto.getRandomValues(new Uint8Array(32));
      const iv = decodeBase64(envelope.iv);
      const key = await crypto.subtle.importKey('raw', dek, 'AES-GCM', false, ['encrypt']);
      const note = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, Uint8Array.of(0xff));
      const broken = { ...(await wrap(dek)), iv: envelope.iv, note: encodeBase64(new Uint8Array(note)) };
      await assertFails(() => opener.open(broken, ['note']), 'open_failed');
    },
  },
];

async function prepare() {
  const { spkiBase64, privateJwk } = testKey('rsa2048');
  const opener = createOpener({ keys: await importPrivateKeys({ keys: [privateJwk] }) });
  const sealer = createSealer({ peer: await importPeerKey(spkiBase64) });
  return { opener, envelope: await sealer.seal({ note: '홍길동', other: '01012341234' }) };
}

async function wrap(dek: Uint8Array<ArrayBuffer>): Promise<{ encryptedKey: string }> {
  const { oaep } = await importPeerKey(testKey('rsa2048').spkiBase64);
  const wrapped = await crypto.subtle.encrypt({ name: 'RSA-OAEP' }, oaep['SHA-1'], dek);
  return { encryptedKey: encodeBase64(new Uint8Array(wrapped)) };
}

function flip(base64: string, position: number): string {
  const bytes = decodeBase64(base64);
  const index = position < 0 ? bytes.length + position : position;
  return encodeBase64(bytes.with(index, (bytes[index] ?? 0) ^ 1));
}

function cut(base64: string): string {
  return encodeBase64(decodeBase64(base64).slice(0, -1));
}
