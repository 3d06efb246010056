import { EnvelopeError } from './envelope-error.ts';

/** The little of DER (X.690) that RSA keys need. */
const tag = { integer: 0x02, bitString: 0x03, octetString: 0x04, sequence: 0x30 } as const;

/** `AlgorithmIdentifier { rsaEncryption, NULL }` (RFC 8017 appendix A.1). */
const rsaEncryption = Uint8Array.of(0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0);

/** Modulus and public exponent, big-endian without leading zeros. */
export interface RsaPublicNumbers {
  readonly n: Uint8Array<ArrayBuffer>;
  readonly e: Uint8Array<ArrayBuffer>;
}

interface Element {
  readonly tag: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Reads an RSA public key from a SubjectPublicKeyInfo or a PKCS#1 `RSAPublicKey`, accepting exactly the one
 * DER encoding each has: runtimes differ in what trailing bytes and odd lengths they forgive.
 *
 * @throws EnvelopeError `bad_key`
 */
export function readRsaPublicKey(der: Uint8Array<ArrayBuffer>): RsaPublicNumbers {
  const outer = readSequence(der);
  const inner = outer[1]?.tag === tag.bitString ? readSequence(outer[1].body.subarray(1)) : outer;
  const numbers = { n: readUnsigned(inner[0]), e: readUnsigned(inner[1]) };
  if (equalBytes(encodeSpki(numbers), der) || equalBytes(encodePkcs1(numbers), der)) return numbers;
  throw new EnvelopeError(
    'bad_key',
    'The RSA public key is not in canonical DER (trailing bytes or an odd encoding).',
  );
}

/** Reads the public numbers out of a PKCS#8 `PrivateKeyInfo` of an RSA key. @throws EnvelopeError `bad_key` */
export function readPkcs8PublicNumbers(der: Uint8Array<ArrayBuffer>): RsaPublicNumbers {
  const key = readSequence(der)[2];
  const members = key?.tag === tag.octetString ? readSequence(key.body) : [];
  return { n: readUnsigned(members[1]), e: readUnsigned(members[2]) };
}

/** SubjectPublicKeyInfo of an RSA public key. */
export function encodeSpki(numbers: RsaPublicNumbers): Uint8Array<ArrayBuffer> {
  return encode(tag.sequence, rsaEncryption, encode(tag.bitString, Uint8Array.of(0), encodePkcs1(numbers)));
}

function encodePkcs1({ n, e }: RsaPublicNumbers): Uint8Array<ArrayBuffer> {
  return encode(tag.sequence, encodeUnsigned(n), encodeUnsigned(e));
}

function encodeUnsigned(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  const sign = (magnitude[0] ?? 0) >= 0x80 ? Uint8Array.of(0) : new Uint8Array();
  return encode(tag.integer, sign, magnitude);
}

function encode(elementTag: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  const out = new Uint8Array(1 + head.length + length);
  out.set([elementTag, ...head]);
  let offset = 1 + head.length;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

function readSequence(der: Uint8Array<ArrayBuffer>): Element[] {
  const [outer, ...trailing] = readElements(der);
  if (outer?.tag !== tag.sequence || trailing.length > 0) throw notRsa();
  return readElements(outer.body);
}

function readElements(der: Uint8Array<ArrayBuffer>): Element[] {
  const elements: Element[] = [];
  let offset = 0;
  while (offset < der.length) {
    const elementTag = der[offset] ?? 0;
    const first = der[offset + 1] ?? 0;
    // Two length bytes reach 65,535: far beyond any RSA key accepted here.
    const lengthBytes = first < 0x80 ? 0 : first - 0x80;
    if (lengthBytes > 2) throw notRsa();
    const start = offset + 2 + lengthBytes;
    let length = lengthBytes === 0 ? first : 0;
    for (let index = offset + 2; index < start; index += 1) length = length * 256 + (der[index] ?? 0);
    offset = start + length;
    if (offset > der.length) throw notRsa();
    elements.push({ tag: elementTag, body: der.subarray(start, offset) });
  }
  return elements;
}

function readUnsigned(element: Element | undefined): Uint8Array<ArrayBuffer> {
  if (element?.tag !== tag.integer) throw notRsa();
  return element.body[0] === 0 ? element.body.subarray(1) : element.body;
}

function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function notRsa(): EnvelopeError {
  return new EnvelopeError(
    'bad_key',
    'Not an RSA key in DER: expected SPKI, PKCS#1 (public) or PKCS#8 (private).',
  );
}
