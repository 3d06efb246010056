import { describe, expect, it } from 'vitest';
import { release } from '../test/venue.ts';
import { canonicalJson, isReleaseHash, releaseHash } from './index.ts';

describe('canonicalJson', () => {
  it('has one spelling for one value', () => {
    expect(canonicalJson({ b: [1, 'é', null], a: { y: undefined, x: true } })).toBe(
      '{"a":{"x":true},"b":[1,"é",null]}',
    );
  });

  it('refuses what JSON cannot hold', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
    expect(() => canonicalJson([undefined])).toThrow(TypeError);
  });
});

describe('releaseHash', () => {
  it('is the same for the same rules, whatever the order of keys', async () => {
    const one = release();
    const other = Object.fromEntries(Object.entries(one).reverse());
    const hash = await releaseHash(one);
    expect(isReleaseHash(hash)).toBe(true);
    expect(canonicalJson(other)).toBe(canonicalJson(one));
    expect(await releaseHash(release({ rules: [] }))).not.toBe(hash);
  });
});
