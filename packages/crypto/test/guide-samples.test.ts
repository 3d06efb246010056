import { describe, expect, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import { createSealer, importPeerKey } from '../src/index.ts';

/** The guide's sample ciphertexts beside the values it gives for them. They come without key and IV. */
const samples = [
  { value: '홍길동', ciphertext: 'yntOiPixdnrGhknQJ0Q/N4JcQiRdLjUFgxItJrenrddr1L8xlBCZxmnpH8T+5vuAfA==' },
  {
    value: '01012341234',
    ciphertext: 'yntOiPixdnrGhknQJ0Q/N4JcQiRd8524WJim+QkMvOk0Pg7fw/URAvxf0sVMzw5cY94N',
  },
  { value: '20250101', ciphertext: 'yntOiPixdnrGhknQJ0Q/N4JcQiRd8Zy6XJqk/QkchaAMDskygSdVAPzLUzppkOkV' },
].map(({ value, ciphertext }) => ({ value, bytes: Buffer.from(ciphertext, 'base64') }));

/** A JSON text around each value: this many bytes before it, and after it. */
const before = 21;
const after = 3;
const tag = 16;

describe("the guide's sample ciphertexts", () => {
  it.each(samples)(
    'have the length of a wrapped value of $value.length characters and a 16-byte tag',
    ({ value, bytes }) => {
      expect(bytes.length).toBe(before + Buffer.byteLength(value) + after + tag);
    },
  );

  it.each(samples)('have the length that the default scheme gives such a value', async ({ value, bytes }) => {
    const sealer = createSealer({ peer: await importPeerKey(testKey('rsa2048').spkiBase64) });
    const { field } = await sealer.seal({ field: `${'x'.repeat(before)}${value}${'x'.repeat(after)}` });
    expect(Buffer.from(field, 'base64').length).toBe(bytes.length);
  });

  it('share one keystream: a stream mode, with one key and IV for all fields', () => {
    for (const left of samples) {
      for (const right of samples) {
        const [a, b] = [Buffer.from(left.value), Buffer.from(right.value)];
        const length = before + Math.min(a.length, b.length);
        for (let index = 0; index < length; index += 1) {
          const plain = index < before ? 0 : (a[index - before] ?? 0) ^ (b[index - before] ?? 0);
          expect((left.bytes[index] ?? 0) ^ (right.bytes[index] ?? 0)).toBe(plain);
        }
      }
    }
  });

  it('give away a family name to anyone who knows that phone numbers begin with 010', () => {
    const [name, phone] = samples;
    const prefix = Buffer.from('010');
    const familyName = prefix.map(
      (byte, index) => byte ^ (name?.bytes[before + index] ?? 0) ^ (phone?.bytes[before + index] ?? 0),
    );
    expect(Buffer.from(familyName).toString()).toBe('홍');
  });
});
