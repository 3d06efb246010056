import { createBlindIndex, createDataCipher, createPersonReferences } from '@facepass-kit/protocol';
import { expect, it } from 'vitest';

// What Node makes of these secrets, texts in it that have both signs that base64url has of its own.
const pepper = 'ASZLcJW63wQpTnOYveIHLFF2m8DlCi9UeZ7D6A0yV3w';
const dataKey = { kid: 'k', k: '-yBFao-02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXY' };
const member = '회원-17';
const reference = {
  hmac: 'hNqBYRa1D_gje8iSI8jxzITr-hXLdZ2pOCYzFiW56qk',
  sealed: 'k.Dvrz0KXL3vzWpkPz.lsZUN_xx_Wtieq_B_Ftz2jn-j4sUy0fBbA',
};

it('names and opens people in a Worker as in Node, where what encodes bytes is not the same', async () => {
  const people = createPersonReferences(await createBlindIndex(pepper), await createDataCipher([dataKey]));
  expect(await people.hmac(member)).toBe(reference.hmac);
  expect(await people.open(reference)).toBe(member);
  for (let round = 0; round < 100; round++) {
    const one = await people.of(`${member}-${round}`);
    expect(one.sealed).toMatch(/^k\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/);
    expect(await people.open(one)).toBe(`${member}-${round}`);
  }
});
