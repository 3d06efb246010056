import { describe, expect, it } from 'vitest';
import { nodeForge } from '../conformance/other-implementations.ts';
import { referenceUnwrap } from '../conformance/reference-unwrap.ts';
import { testKey } from '../conformance/vectors.ts';
import { createSealer, importPeerKey, schemePresets } from './index.ts';
import { oaepMixedKeyWrap } from './oaep-mixed.ts';
import { encodeOaepBlock } from './oaep-mixed-block.ts';
import { pkcs1KeyWrap } from './pkcs1.ts';
import { encodePkcs1Block } from './pkcs1-block.ts';

const text = new TextEncoder().encode('AES_GCM$key$iv');

describe('the PKCS#1 v1.5 block', () => {
  it('is 00 02, padding without a zero, 00, text: over 200 blocks some 190 zeros would have been drawn', () => {
    for (let round = 0; round < 200; round += 1) {
      const block = encodePkcs1Block(text, 256);
      const separator = 256 - text.length - 1;
      expect(block).toHaveLength(256);
      expect([block[0], block[1], block[separator]]).toEqual([0, 2, 0]);
      expect(block.subarray(2, separator).includes(0)).toBe(false);
      expect(block.subarray(separator + 1)).toEqual(text);
    }
  });

  it('is padded afresh every time', () => {
    expect(encodePkcs1Block(text, 256)).not.toEqual(encodePkcs1Block(text, 256));
  });
});

describe('the OAEP block with two hashes', () => {
  it('depends on the seed alone', async () => {
    const seed = new Uint8Array(32).fill(7);
    expect(await encodeOaepBlock(text, 256, seed)).toEqual(await encodeOaepBlock(text, 256, seed));
    expect(await encodeOaepBlock(text, 256, seed.with(0, 8))).not.toEqual(
      await encodeOaepBlock(text, 256, seed),
    );
  });
});

describe.each([pkcs1KeyWrap, oaepMixedKeyWrap])('$rsa', (keyWrap) => {
  it.each(['rsa2048', 'rsa4096'] as const)(
    'wraps under %s, read by node-forge and by the reference',
    async (id) => {
      const { spkiBase64, pkcs8Base64, privateJwk } = testKey(id);
      const wrapped = await keyWrap.wrap(await importPeerKey(spkiBase64), text);
      expect(wrapped.byteLength).toBe(id === 'rsa2048' ? 256 : 512);
      expect(nodeForge.unwrap(pkcs8Base64, keyWrap.rsa, Buffer.from(wrapped))).toEqual(Buffer.from(text));
      const read = await referenceUnwrap(privateJwk, keyWrap.rsa, new Uint8Array(wrapped));
      expect(read).toEqual(text);
    },
  );
});

describe('a padding WebCrypto lacks', () => {
  it('needs its key wrap, and any other will not do', async () => {
    const peer = await importPeerKey(testKey('rsa2048').spkiBase64);
    const scheme = schemePresets['java-rsa'];
    const unsupported = expect.objectContaining({ code: 'unsupported_scheme' });
    expect(() => createSealer({ peer, scheme })).toThrow(unsupported);
    expect(() => createSealer({ peer, scheme, keyWraps: [oaepMixedKeyWrap] })).toThrow(unsupported);
    expect(createSealer({ peer, scheme, keyWraps: [oaepMixedKeyWrap, pkcs1KeyWrap] }).scheme).toStrictEqual(
      scheme,
    );
  });
});
