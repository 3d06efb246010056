import { decodeBase64Url, encodeBase64Url } from '../../src/base64.ts';
import { decodeBase64, encodeBase64 } from '../../src/index.ts';
import { assertEqual, assertFails, type PortableCase } from '../portable-case.ts';

const group = 'canonical Base64';

/** RFC 4648 §10. */
const rfcVectors = {
  '': '',
  f: 'Zg==',
  fo: 'Zm8=',
  foo: 'Zm9v',
  foob: 'Zm9vYg==',
  fooba: 'Zm9vYmE=',
  foobar: 'Zm9vYmFy',
};

const refused = {
  'missing padding': ['Zg', 'Zm8', 'Zg='],
  'too much padding': ['Zg===', 'Zm9v====', '=', '====', 'Zm9v='],
  'white space': ['Zm 9v', ' Zm9v', 'Zm9v\n', 'Zm9v\t', 'Z m 8', 'Zg= =', 'Zm9vYg \n', '\u00A0Zm9v'],
  'trailing bits': ['Zh==', 'Zm9=', 'Zv==', 'Zm9vYh=='],
  'the URL alphabet': ['-_-_', 'Zm9-'],
  'other characters': ['Zm9v!', 'Zm=v', '홍길동', 'Zm9v\0', 'Z\u0100=='],
  'an odd length': ['Z', 'Zm9vY'],
};

export const base64Cases: readonly PortableCase[] = [
  {
    group,
    name: 'encodes and decodes the vectors of RFC 4648',
    async run() {
      for (const [text, base64] of Object.entries(rfcVectors)) {
        const bytes = new TextEncoder().encode(text);
        assertEqual(encodeBase64(bytes), base64);
        assertEqual(Array.from(decodeBase64(base64)), Array.from(bytes));
      }
    },
  },
  {
    group,
    name: 'round-trips every length up to 300 bytes and one beyond what a call takes as arguments',
    async run() {
      for (const length of [...Array(300).keys(), 200_000]) {
        const bytes = Uint8Array.from({ length }, (_, index) => (index * 167 + length) & 0xff);
        for (const [encode, decode] of [
          [encodeBase64, decodeBase64],
          [encodeBase64Url, decodeBase64Url],
        ] as const) {
          const back = decode(encode(bytes));
          if (back.length !== length || back.some((byte, index) => byte !== bytes[index])) {
            throw new Error(`${length} bytes did not come back`);
          }
        }
      }
    },
  },
  ...Object.entries(refused).map(([name, texts]): PortableCase => {
    const run = async () => {
      for (const text of texts) await assertFails(() => decodeBase64(text), 'invalid_input');
    };
    return { group, name: `refuses ${name}`, run };
  }),
  {
    group,
    name: 'refuses padding and the standard alphabet in base64url',
    async run() {
      for (const text of ['Zg==', '+/+/', 'Zh', 'Z', 'Zm 9']) {
        await assertFails(() => decodeBase64Url(text), 'invalid_input');
      }
      assertEqual(Array.from(decodeBase64Url('-_8')), [0xfb, 0xff]);
    },
  },
];
