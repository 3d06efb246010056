import { describe, expect, it } from 'vitest';
import { createBlindIndex, generatePepper } from './blind-index.ts';
import { createDataCipher, generateDataKey } from './data-cipher.ts';
import { createPersonReferences, personReference } from './person-reference.ts';

const cipher = await createDataCipher([generateDataKey('k1')]);
const pepper = generatePepper();
const people = createPersonReferences(await createBlindIndex(pepper), cipher);

describe('person reference', () => {
  it('names the same person by the same hmac and gives the key back', async () => {
    const [first, second] = [await people.of('member-1'), await people.of('member-1')];
    expect(personReference.parse(first)).toEqual(first);
    expect(first.hmac).toBe(second.hmac);
    expect(first.sealed).not.toBe(second.sealed);
    expect(await people.open(second)).toBe('member-1');
  });

  it('does not open a key moved to another person', async () => {
    const [one, two] = [await people.of('member-1'), await people.of('member-2')];
    await expect(people.open({ hmac: one.hmac, sealed: two.sealed })).rejects.toMatchObject({
      code: 'open_failed',
    });
  });

  it('carries nothing of the key in the clear', async () => {
    expect(JSON.stringify(await people.of('member-1'))).not.toContain('member-1');
  });
});

describe('blind index', () => {
  it('separates domains and peppers, and joins the two Unicode forms of one text', async () => {
    const index = await createBlindIndex(pepper);
    const other = await createBlindIndex(generatePepper());
    expect(await index.of('phone', '01012341234')).not.toBe(await index.of('ci', '01012341234'));
    expect(await index.of('phone', '01012341234')).not.toBe(await other.of('phone', '01012341234'));
    expect(await index.of('merchantUserKey', '\u1112\u1161\u11ab')).toBe(
      await index.of('merchantUserKey', '한'),
    );
  });

  it('refuses a short pepper', async () => {
    await expect(createBlindIndex('AAAA')).rejects.toThrow(RangeError);
  });
});
