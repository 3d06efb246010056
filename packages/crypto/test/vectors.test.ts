import { describe, expect, it } from 'vitest';
import { decryptField, open } from '../conformance/adapter.ts';
import { dekOf, nodeCrypto, nodeForge } from '../conformance/other-implementations.ts';
import { plaintexts, testKey, vectors } from '../conformance/vectors.ts';
import { parseScheme } from '../src/index.ts';
import { listPlausibleSchemes } from '../src/plausible-schemes.ts';

const rows = vectors.map((vector) => ({ ...vector, parsed: parseScheme(vector.scheme) }));
const openable = rows.filter(({ parsed }) => ['OAEP-SHA1', 'OAEP-SHA256'].includes(parsed.rsa));
const refused = rows.filter((row) => !openable.includes(row));

describe('the committed vectors', () => {
  it('cover every plausible scheme', () => {
    expect(new Set(rows.map(({ parsed }) => JSON.stringify(parsed)))).toEqual(
      new Set(listPlausibleSchemes().map((scheme) => JSON.stringify(scheme))),
    );
  });

  it.each(openable)('open: $scheme under $key', async ({ parsed, key, envelope }) => {
    const { pkcs8Base64: privateKeyPkcs8B64 } = testKey(key);
    const { encryptedKey, iv } = envelope;
    for (const [name, plaintext] of Object.entries(plaintexts)) {
      const ciphertext = envelope[name] ?? '';
      const opened = open({ privateKeyPkcs8B64, encryptedKey, iv, ciphertext, scheme: parsed });
      await expect(opened).resolves.toBe(plaintext);
    }
  });

  it.each(refused)('are refused, not attempted: $scheme', async ({ parsed, key, envelope }) => {
    const { pkcs8Base64: privateKeyPkcs8B64 } = testKey(key);
    const { encryptedKey, iv, encryptedName: ciphertext = '' } = envelope;
    const opened = open({ privateKeyPkcs8B64, encryptedKey, iv, ciphertext, scheme: parsed });
    await expect(opened).rejects.toMatchObject({ code: 'unsupported_scheme' });
  });

  it.each(rows)('decrypt field by field: $scheme under $key', async ({ parsed, dek, envelope }) => {
    for (const [name, plaintext] of Object.entries(plaintexts)) {
      const ciphertextB64 = envelope[name] ?? '';
      const field = decryptField({ rawKeyB64: dek, ivB64: envelope.iv, ciphertextB64, scheme: parsed });
      await expect(field).resolves.toBe(plaintext);
    }
  });

  it.each(rows)('wrap the key they say they do: $scheme under $key', ({ parsed, key, dek, envelope }) => {
    const implementation = nodeCrypto.paddings.includes(parsed.rsa) ? nodeCrypto : nodeForge;
    const wrapped = Buffer.from(envelope.encryptedKey, 'base64');
    const text = implementation.unwrap(testKey(key).pkcs8Base64, parsed.rsa, wrapped);
    expect(dekOf(parsed, text).toString('base64')).toBe(dek);
  });
});
