import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUsualPermissionsRequest, permissionsRequest } from '../src/partner.ts';

/** Anything JSON can say, and often nearly a question. */
const nearly = fc.oneof(
  fc.json().map((text): unknown => JSON.parse(text)),
  fc
    .record(
      {
        merchantUserKey: fc.oneof(fc.string(), fc.constantFrom('', '000001', null, 7, ['000001'])),
        params: fc.oneof(
          fc.dictionary(fc.oneof(fc.constantFrom('층', 'gate', '__proto__'), fc.string()), fc.jsonValue()),
          fc.constantFrom(null, 'floor', 10, ['10']),
        ),
        // Computed, else it would be the prototype of this record.
        ['__proto__']: fc.jsonValue(),
        more: fc.jsonValue(),
      },
      { requiredKeys: ['merchantUserKey', 'params'] },
    )
    .map((value): unknown => JSON.parse(JSON.stringify(value))),
);

describe('a question at a door that is found usual without its schema', () => {
  it('is one that the schema lets through unchanged', () => {
    let usual = 0;
    fc.assert(
      fc.property(nearly, (value) => {
        if (!isUsualPermissionsRequest(value)) return;
        usual += 1;
        const asked = permissionsRequest.safeParse(value);
        expect(asked.error).toBeUndefined();
        expect(JSON.stringify(sorted(asked.data))).toBe(JSON.stringify(sorted(value)));
      }),
      { numRuns: 2_000 },
    );
    expect(usual).toBeGreaterThan(0);
  });

  it('is every one that the guide knows', () => {
    for (const params of [{}, { floor: '10', gate: 'A' }, { 층: 10, 문: ['가', null] }]) {
      expect(isUsualPermissionsRequest({ merchantUserKey: '000001', params })).toBe(true);
    }
  });

  it.each([
    null,
    [],
    'text',
    {},
    { merchantUserKey: '', params: {} },
    { merchantUserKey: 1, params: {} },
    { merchantUserKey: '000001' },
    { merchantUserKey: '000001', params: null },
    { merchantUserKey: '000001', params: [] },
    JSON.parse('{"merchantUserKey":"000001","params":{"__proto__":1}}'),
    JSON.parse('{"merchantUserKey":"000001","params":{},"__proto__":{"params":{}}}'),
  ])('is none whose schema has something to say (%#)', (value) => {
    expect(isUsualPermissionsRequest(value)).toBe(false);
  });
});

/** With the fields of every object in one order: a schema writes those it knows first. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, field]) => [name, sorted(field)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
