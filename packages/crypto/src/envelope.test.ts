import {
  constants,
  createDecipheriv,
  createPrivateKey,
  generateKeyPairSync,
  privateDecrypt,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createOpener, createSealer, generateKeyPair, importPeerKey, importPrivateKeys } from './index.ts';

const ours = await generateKeyPair();
const older = await generateKeyPair();
const keys = await importPrivateKeys({ keys: [ours.privateJwk, older.privateJwk] });
const peer = await importPeerKey(ours.publicKeySpkiBase64);
const sealer = createSealer({ peer });
const opener = createOpener({ keys });

describe('an envelope under the default scheme', () => {
  it('comes back as it was sealed, under its wire names', async () => {
    const fields = { encryptedCI: 'Y'.repeat(88), encryptedName: '홍길동' };
    const envelope = await sealer.seal(fields);
    expect(Object.keys(envelope).sort()).toEqual(['encryptedCI', 'encryptedKey', 'encryptedName', 'iv']);
    await expect(opener.open(envelope, ['encryptedCI', 'encryptedName'])).resolves.toEqual(fields);
  });

  it('uses a fresh key and IV for every call', async () => {
    const [first, second] = [await sealer.seal({ a: 'x' }), await sealer.seal({ a: 'x' })];
    expect(first.encryptedKey).not.toBe(second.encryptedKey);
    expect(first.iv).not.toBe(second.iv);
    expect(first.a).not.toBe(second.a);
  });

  it('opens under an older key of ours', async () => {
    const envelope = await createSealer({ peer: await importPeerKey(older.publicKeySpkiBase64) }).seal({
      a: 'x',
    });
    await expect(opener.open(envelope, ['a'])).resolves.toEqual({ a: 'x' });
  });

  it('opens with node:crypto as AES-256-GCM under RSA-OAEP-SHA1', async () => {
    const envelope = await sealer.seal({ encryptedName: '홍길동' });
    const key = createPrivateKey({ key: { ...ours.privateJwk }, format: 'jwk' });
    const dek = privateDecrypt(
      { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' },
      Buffer.from(envelope.encryptedKey, 'base64'),
    );
    const sealed = Buffer.from(envelope.encryptedName, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', dek, Buffer.from(envelope.iv, 'base64'));
    decipher.setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]).toString()).toBe(
      '홍길동',
    );
  });

  it.each(['encryptedKey', 'iv', '__proto__'])(
    'refuses %s as a field name, which is its own',
    async (name) => {
      const fields = Object.fromEntries([[name, 'x']]);
      await expect(sealer.seal(fields)).rejects.toMatchObject({ code: 'invalid_input' });
      await expect(opener.open(await sealer.seal({ a: 'x' }), [name])).rejects.toMatchObject({
        code: 'invalid_input',
      });
    },
  );

  it('fails alike for another key, an altered field, a missing field and broken Base64', async () => {
    const envelope = await sealer.seal({ a: 'x', b: 'y' });
    const foreign = createSealer({
      peer: await importPeerKey((await generateKeyPair()).publicKeySpkiBase64),
    });
    const flipped = (envelope.a.startsWith('A') ? 'B' : 'A') + envelope.a.slice(1);
    const failures = [
      opener.open(await foreign.seal({ a: 'x' }), ['a']),
      opener.open({ ...envelope, a: flipped }, ['a', 'b']),
      opener.open({ encryptedKey: envelope.encryptedKey, iv: envelope.iv }, ['a']),
      opener.open({ ...envelope, a: `${envelope.a}\n` }, ['a']),
    ];
    const errors = await Promise.all(
      failures.map((failure) =>
        failure.then(
          () => 'opened',
          (error: unknown) => String(error),
        ),
      ),
    );
    expect(errors).toEqual(errors.map(() => 'EnvelopeError: The envelope could not be opened.'));
  });
});

describe('keys', () => {
  it('are refused below 2048 bits', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    await expect(importPeerKey(spki)).rejects.toMatchObject({ code: 'bad_key' });
  });

  it('are refused with bytes after their end', async () => {
    const spki = Buffer.concat([Buffer.from(ours.publicKeySpkiBase64, 'base64'), Buffer.from([0])]);
    await expect(importPeerKey(spki.toString('base64'))).rejects.toMatchObject({ code: 'bad_key' });
  });

  it('have the same id on both sides', () => {
    expect(keys.keys.map(({ kid }) => kid)).toEqual([ours.kid, older.kid]);
    expect(peer.kid).toBe(ours.kid);
  });

  it('never leave the runtime', async () => {
    const [key] = keys.keys;
    expect(key?.oaep['SHA-1'].extractable).toBe(false);
  });
});
