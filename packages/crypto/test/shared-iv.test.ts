/**
 * What one key and IV for several fields gives away, shown by doing it. Nothing here is a fault of the code: the wire
 * format forces it, and docs/reference/crypto.md says what to do about it.
 */
import { describe, expect, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import { fieldCodecs } from '../src/fields.ts';
import {
  createOpener,
  createSealer,
  type EnvelopeScheme,
  importPeerKey,
  importPrivateKeys,
  schemePresets,
} from '../src/index.ts';

const { spkiBase64, privateJwk } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keys = await importPrivateKeys({ keys: [privateJwk] });
const tagBytes = 16;

function split(base64: string) {
  const bytes = Buffer.from(base64, 'base64');
  return { body: bytes.subarray(0, -tagBytes), tag: toField(bytes.subarray(-tagBytes)) };
}

function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(
    left.subarray(0, Math.min(left.length, right.length)).map((byte, i) => byte ^ (right[i] ?? 0)),
  );
}

/** GF(2^128) as GCM has it (NIST SP 800-38D §6.3): the leftmost bit is the constant term. */
function multiply(left: bigint, right: bigint): bigint {
  let [product, shifted] = [0n, right];
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((left >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ (0xe1n << 120n) : shifted >> 1n;
  }
  return product;
}

/** The inverse is the power 2^128 - 2. */
function invert(value: bigint): bigint {
  let [result, power] = [1n << 127n, value];
  for (let step = 1; step < 128; step += 1) {
    power = multiply(power, power);
    result = multiply(result, power);
  }
  return result;
}

function toField(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex').padEnd(32, '0')}`);
}

function fromField(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
}

const schemes: readonly EnvelopeScheme[] = [schemePresets.default, { ...schemePresets.default, aad: 'dek' }];

describe.each(schemes)('whoever sees one request, AAD $aad,', (scheme) => {
  const seal = createSealer({ peer, scheme }).seal;
  const open = createOpener({ keys, scheme }).open;

  it('and knows the phone number, reads the name', async () => {
    const envelope = await seal({ encryptedName: '홍길동', encryptedPhoneNumber: '01012341234' });
    const [name, phone] = [split(envelope.encryptedName), split(envelope.encryptedPhoneNumber)];
    const keystream = xor(phone.body, Buffer.from('01012341234'));
    expect(xor(name.body, keystream).toString()).toBe('홍길동');
  });

  it('and knows the phone number, puts another one in its place that opens and has the right format', async () => {
    const fields = { encryptedName: 'Hong Gildon', encryptedPhoneNumber: '01012341234' };
    const envelope = await seal(fields);
    const [name, phone] = [split(envelope.encryptedName), split(envelope.encryptedPhoneNumber)];
    // Tags of two one-block ciphertexts of one length differ by (C1 + C2) · H², all else cancels.
    const hashKeySquared = multiply(name.tag ^ phone.tag, invert(toField(xor(name.body, phone.body))));
    const change = xor(Buffer.from('01012341234'), Buffer.from('01099998888'));
    const tag = fromField(phone.tag ^ multiply(toField(change), hashKeySquared));
    const forged = Buffer.concat([xor(phone.body, change), tag]).toString('base64');

    const { encryptedName, encryptedPhoneNumber } = fieldCodecs;
    const opened = open(
      { ...envelope, encryptedPhoneNumber: forged },
      { encryptedName, encryptedPhoneNumber },
    );
    await expect(opened).resolves.toEqual({ ...fields, encryptedPhoneNumber: '01099998888' });
  });

  it('can do nothing of the kind to a request of one field', async () => {
    const { encryptedPhoneNumber: first } = await seal({ encryptedPhoneNumber: '01012341234' });
    const { encryptedName: second } = await seal({ encryptedName: '홍길동' });
    const keystream = xor(split(first).body, Buffer.from('01012341234'));
    expect(xor(split(second).body, keystream).toString()).not.toBe('홍길동');
  });
});
