import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testKey } from '../conformance/vectors.ts';
import {
  createOpener,
  createSealer,
  defaultScheme,
  EnvelopeError,
  type EnvelopeScheme,
  importPeerKey,
  importPrivateKeys,
} from '../src/index.ts';
import { listPlausibleSchemes } from '../src/plausible-schemes.ts';

// fast-check prints seed and shrunk counterexample when a property fails.

const { spkiBase64, privateJwk } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keys = await importPrivateKeys({ keys: [privateJwk] });
const otherPeer = await importPeerKey(testKey('rsa2048-other').spkiBase64);

const openable = listPlausibleSchemes().filter(({ rsa }) => rsa === 'OAEP-SHA1' || rsa === 'OAEP-SHA256');
const authenticated = openable.filter(({ aes }) => aes === 'A256GCM');
const scheme = fc.constantFrom(...openable);
const gcmScheme = fc.constantFrom(...authenticated);

const fieldName = fc
  .string({ minLength: 1, unit: 'grapheme' })
  .filter((name) => !['encryptedKey', 'iv', '__proto__'].includes(name));
const fields = fc.dictionary(fieldName, fc.string({ unit: 'grapheme' }), { minKeys: 1, maxKeys: 5 });

type Texts = Readonly<Record<string, string>>;

function seal(chosen: EnvelopeScheme, texts: Texts) {
  return createSealer({ peer, scheme: chosen }).seal(texts);
}

function open(
  chosen: EnvelopeScheme,
  envelope: { encryptedKey: string; iv: string },
  names: readonly string[],
) {
  return createOpener({ keys, scheme: chosen, allowUnauthenticatedCbc: true }).open(envelope, names);
}

/** What an error shows to whoever catches it. */
function visible(error: unknown) {
  if (!(error instanceof EnvelopeError)) throw new Error('Expected an EnvelopeError');
  // Of the stack the frames of this package, whose lines would tell where it failed; the test's own differ.
  const frames = error.stack?.split('\n').filter((line) => line.includes('/src/'));
  return { ...error, name: error.name, message: error.message, cause: error.cause, frames };
}

async function failure(attempt: Promise<unknown>) {
  return attempt.then(
    () => {
      throw new Error('It opened');
    },
    (error: unknown) => visible(error),
  );
}

describe('whatever the fields', () => {
  it('come back exactly as they were sealed', async () => {
    await fc.assert(
      fc.asyncProperty(scheme, fields, async (chosen, texts) => {
        const opened = await open(chosen, await seal(chosen, texts), Object.keys(texts));
        expect(opened).toEqual({ ...texts });
      }),
      { numRuns: 200 },
    );
  });

  it('are refused with a lone surrogate, which UTF-8 cannot carry', async () => {
    const lone = fc
      .tuple(fc.string(), fc.integer({ min: 0xd800, max: 0xdfff }), fc.string({ unit: 'grapheme-ascii' }))
      .map(
        ([before, unit, after]) =>
          before.replaceAll(/\p{Surrogate}$/gu, '') + String.fromCharCode(unit) + after,
      );
    await fc.assert(
      fc.asyncProperty(lone, async (text) => {
        await expect(seal(defaultScheme, { note: text })).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }),
    );
  });
});

describe('whatever is done to an envelope', () => {
  /** One change to one part: flip bits of a byte, drop bytes from an end, add some. */
  const change = fc.oneof(
    fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) }),
    fc.record({
      kind: fc.constant('cut' as const),
      bytes: fc.integer({ min: 1, max: 40 }),
      front: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('extend' as const),
      by: fc.uint8Array({ minLength: 1, maxLength: 40 }),
      front: fc.boolean(),
    }),
  );
  type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

  function apply(base64: string, { kind, ...how }: Change): string {
    const bytes = Buffer.from(base64, 'base64');
    if (kind === 'flip' && 'mask' in how) {
      const index = how.at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ how.mask;
      return bytes.toString('base64');
    }
    if (kind === 'cut' && 'bytes' in how) {
      return (how.front ? bytes.subarray(how.bytes) : bytes.subarray(0, -how.bytes)).toString('base64');
    }
    if ('by' in how) return Buffer.concat(how.front ? [how.by, bytes] : [bytes, how.by]).toString('base64');
    throw new Error('No such change');
  }

  const part = fc.constantFrom('encryptedKey', 'iv', 'note', 'other');

  it('an authenticated one does not open, and fails in the one way there is', async () => {
    const expected = await failure(open(defaultScheme, { encryptedKey: '', iv: '' }, ['note']));
    expect(expected).toMatchObject({ code: 'open_failed', cause: undefined });
    await fc.assert(
      fc.asyncProperty(gcmScheme, part, change, async (chosen, name, how) => {
        const envelope: Record<string, string> & { encryptedKey: string; iv: string } = await seal(chosen, {
          note: '홍길동',
          other: '01012341234',
        });
        envelope[name] = apply(envelope[name] ?? '', how);
        expect(await failure(open(chosen, envelope, ['note', 'other']))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('every single byte counts, in every part', async () => {
    const chosen = defaultScheme;
    const { note = '', ...parts } = await seal(chosen, { note: '홍길동' });
    const envelope = { ...parts, note };
    const expected = await failure(open(chosen, { encryptedKey: '', iv: '' }, ['note']));
    for (const name of ['encryptedKey', 'iv', 'note'] as const) {
      const length = Buffer.from(envelope[name], 'base64').length;
      for (let at = 0; at < length; at += 1) {
        const altered = {
          ...envelope,
          [name]: apply(envelope[name], { kind: 'flip', at, mask: 1 << (at % 8) }),
        };
        expect(await failure(open(chosen, altered, ['note']))).toEqual(expected);
      }
    }
  });

  it('another spelling of the same bytes is refused', async () => {
    const chosen = defaultScheme;
    const respell = fc.constantFrom<(text: string) => string>(
      (text) => `${text}\n`,
      (text) => ` ${text}`,
      (text) => text.replace(/=*$/, ''),
      (text) => `${text}=`,
      (text) => `${text.slice(0, 8)}\r\n${text.slice(8)}`,
      (text) => text.replaceAll('+', '-').replaceAll('/', '_'),
      // The last character before the padding has spare bits.
      (text) => text.replace(/([AEIMQUYcgkosw048])(=+)$/, (_, last: string, pad: string) => next(last) + pad),
    );
    const next = (last: string) => String.fromCharCode(last.charCodeAt(0) + 1);
    const expected = await failure(open(chosen, { encryptedKey: '', iv: '' }, ['note']));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('encryptedKey', 'iv', 'note'), respell, async (name, how) => {
        const envelope: Record<string, string> & { encryptedKey: string; iv: string } = await seal(chosen, {
          note: 'ab',
        });
        const before = envelope[name] ?? '';
        envelope[name] = how(before);
        fc.pre(envelope[name] !== before);
        expect(await failure(open(chosen, envelope, ['note']))).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it('one for another key, or under another scheme, does not open', async () => {
    const expected = await failure(open(defaultScheme, { encryptedKey: '', iv: '' }, ['note']));
    await fc.assert(
      fc.asyncProperty(gcmScheme, gcmScheme, async (chosen, other) => {
        const foreign = await createSealer({ peer: otherPeer, scheme: chosen }).seal({ note: '홍길동' });
        expect(await failure(open(chosen, foreign, ['note']))).toEqual(expected);
        fc.pre(chosen !== other);
        expect(await failure(open(other, await seal(chosen, { note: '홍길동' }), ['note']))).toEqual(
          expected,
        );
      }),
    );
  });
});
