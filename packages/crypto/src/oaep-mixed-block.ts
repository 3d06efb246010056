/** SHA-256, of the label and thus of the seed. */
export const hashBytes = 32;

/** SHA-1, of each step of MGF1. */
const maskHashBytes = 20;

/**
 * EME-OAEP (RFC 8017 §7.1.1) with SHA-256 and MGF1-SHA-1: EM = 00 ‖ maskedSeed ‖ maskedDB with
 * DB = lHash ‖ 00… ‖ 01 ‖ M. The longest text here has 77 bytes and the shortest modulus has room for 190.
 */
export async function encodeOaepBlock(
  text: Uint8Array,
  modulusBytes: number,
  seed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(modulusBytes);
  const maskedSeed = block.subarray(1, 1 + hashBytes);
  const data = block.subarray(1 + hashBytes);
  data.set(new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array())));
  data[data.length - text.length - 1] = 1;
  data.set(text, data.length - text.length);
  xorInto(data, await mgf1(seed, data.length));
  maskedSeed.set(seed);
  xorInto(maskedSeed, await mgf1(data, hashBytes));
  return block;
}

/** MGF1 with SHA-1 (RFC 8017 appendix B.2.1). */
async function mgf1(seed: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array> {
  const steps = Array.from({ length: Math.ceil(length / maskHashBytes) }, async (_, counter) => {
    const input = new Uint8Array(seed.length + 4);
    input.set(seed);
    new DataView(input.buffer).setUint32(seed.length, counter);
    return new Uint8Array(await crypto.subtle.digest('SHA-1', input));
  });
  const mask = new Uint8Array(steps.length * maskHashBytes);
  (await Promise.all(steps)).forEach((step, counter) => {
    mask.set(step, counter * maskHashBytes);
  });
  return mask.subarray(0, length);
}

function xorInto(target: Uint8Array, mask: Uint8Array): void {
  for (let index = 0; index < target.length; index += 1)
    target[index] = (target[index] ?? 0) ^ (mask[index] ?? 0);
}
