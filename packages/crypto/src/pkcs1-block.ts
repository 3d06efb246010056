/**
 * EME-PKCS1-v1_5 (RFC 8017 §7.2.1): EM = 00 02 PS 00 M. The longest text here has 77 bytes and the shortest
 * modulus 256: PS never falls below 8 bytes.
 */
export function encodePkcs1Block(text: Uint8Array, modulusBytes: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(modulusBytes);
  const separator = modulusBytes - text.length - 1;
  block[1] = 2;
  fillNonZero(block.subarray(2, separator));
  block.set(text, separator + 1);
  return block;
}

function fillNonZero(padding: Uint8Array<ArrayBuffer>): void {
  crypto.getRandomValues(padding);
  for (let index = padding.indexOf(0); index !== -1; index = padding.indexOf(0)) {
    crypto.getRandomValues(padding.subarray(index, index + 1));
  }
}
