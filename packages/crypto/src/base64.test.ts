import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64 } from './base64.ts';

/** Whether and what the one canonical decoding is, by a decoder that forgives everything and its encoder. */
function oracle(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes.toString('hex') : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return Buffer.from(decodeBase64(text)).toString('hex');
  } catch {
    return undefined;
  }
}

describe('decodeBase64', () => {
  it('accepts exactly the texts that are their own re-encoding', () => {
    const digit = fc.constantFrom(
      ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ \n',
    );
    const nearly = fc.string({ unit: digit, maxLength: 12 });
    const canonical = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'));
    fc.assert(
      fc.property(fc.oneof(nearly, canonical, fc.string()), (text) => {
        expect(decoded(text)).toBe(oracle(text));
      }),
      { numRuns: 20_000 },
    );
  });
});
