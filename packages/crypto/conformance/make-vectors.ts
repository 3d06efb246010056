/**
 * Makes `vectors/`: one envelope per plausible scheme, sealed by node:crypto and, where that cannot, by
 * node-forge. Run it only to add schemes: `node conformance/make-vectors.ts`. The keys are for tests and public.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatScheme } from '../src/index.ts';
import { listPlausibleSchemes } from '../src/plausible-schemes.ts';
import { nodeCrypto, nodeForge, wrappedText } from './other-implementations.ts';
import type { TestKey, Vector } from './vectors.ts';

const directory = join(import.meta.dirname, 'vectors');

/** What tends to break: empty, ASCII, Hangul composed and decomposed, beyond the BMP, block-sized, a byte order mark. */
const plaintexts = {
  encryptedCI: 'q2sXN0tXn1oRZJ1gTqvXlqHYw0wJ6n5x7Y4b1G2hT3kV8sPzDfMcAeUiKoLrBtQyWjHgNvFxSdCaEuIpOlMkZg==',
  encryptedName: '홍길동',
  encryptedPhoneNumber: '01012341234',
  encryptedBirthDate: '20250101',
  encryptedEmail: 'gildong@example.com',
  decomposed: '홍길동'.normalize('NFD'),
  astral: '𠮷野家👩‍👩‍👧',
  block: '0123456789abcdef',
  empty: '',
  marked: '\uFEFFtext',
};

const keys = loadOrMakeKeys();
const vectors = listPlausibleSchemes().flatMap((scheme, index) => {
  // Every scheme at 2048 bits; every fourth also at 4096, which costs eight times as much to open.
  const sizes = index % 4 === 0 ? ['rsa2048', 'rsa4096'] : ['rsa2048'];
  return sizes.map((key): Vector => {
    const dek = randomBytes(32);
    const iv = randomBytes(scheme.ivBytes);
    const implementation = nodeCrypto.paddings.includes(scheme.rsa) ? nodeCrypto : nodeForge;
    const spki = keys.find(({ id }) => id === key)?.spkiBase64 ?? '';
    const fields = Object.entries(plaintexts).map(([name, text]) => {
      const ciphertext = implementation.encrypt(scheme, dek, iv, Buffer.from(text));
      return [name, ciphertext.toString('base64')] as const;
    });
    return {
      scheme: formatScheme(scheme),
      key,
      dek: dek.toString('base64'),
      envelope: {
        ...Object.fromEntries(fields),
        encryptedKey: implementation.wrap(spki, scheme.rsa, wrappedText(scheme, dek, iv)).toString('base64'),
        iv: iv.toString('base64'),
      },
    };
  });
});
write('envelopes.json', { plaintexts, vectors });

function loadOrMakeKeys(): readonly TestKey[] {
  const file = join(directory, 'keys.json');
  // The file was written below.
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as readonly TestKey[];
  const made = (['rsa2048', 'rsa2048-other', 'rsa4096'] as const).map((id) => {
    const modulusLength = id === 'rsa4096' ? 4096 : 2048;
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
    return {
      id,
      modulusBits: modulusLength,
      spkiBase64: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      pkcs8Base64: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      privateJwk: privateKey.export({ format: 'jwk' }),
    };
  });
  write('keys.json', made);
  // Node's type of an exported JWK leaves every member open.
  return made as unknown as readonly TestKey[];
}

function write(name: string, content: unknown): void {
  writeFileSync(join(directory, name), `${JSON.stringify(content, null, 2)}\n`);
}
