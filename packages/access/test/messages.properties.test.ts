/** No text that was published overflows a display, whatever its variables turn out to be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHARACTER_LIMITS, displayLength } from '../src/display-limits.ts';
import {
  AccessError,
  COUNT_MAX,
  type CompiledRelease,
  compile,
  REASONS,
  renderMessage,
} from '../src/index.ts';
import { enough, runs } from './fuzz-share.ts';
import { release, seoul } from './venue.ts';

const VARIABLES = ['zone', 'site', 'date', 'time', 'remaining', 'limit'] as const;
// Composed and decomposed, outside of the basic plane, joined into one grapheme.
const piece = fc.constantFrom('회', '회'.normalize('NFD'), 'e\u0301', '🏋', '👩‍👩‍👧', 'a', ' ', '금고실', '·');
const words = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
/** Filled up to some length, so that many are as long as they may be. */
const text = fc
  .tuple(
    fc.array(
      fc.oneof(
        words,
        fc.constantFrom(...VARIABLES).map((name) => `{${name}}`),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    fc.nat(30),
  )
  .map(([parts, filler]) => parts.join('') + '.'.repeat(filler));
const count = fc.oneof(
  fc.constantFrom(0, 100, COUNT_MAX, COUNT_MAX),
  fc.constant(null),
  fc.nat(10 * COUNT_MAX),
);

const worlds = fc.record({
  zone: words,
  site: words,
  display: fc.constantFrom('repeat' as const, 'ticket' as const),
  reason: fc.oneof(
    fc.constantFrom('permitted' as const, 'permitted_by_pass' as const),
    fc.constantFrom(...REASONS),
  ),
  text,
  quota: fc.constantFrom(1, 10, 9999, COUNT_MAX),
  remaining: count,
  atMs: fc.integer({ min: seoul('2024-01-01 00:00'), max: seoul('2039-12-31 23:59') }),
});

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

function published({ zone, site, display, reason, text: words, quota }: World): CompiledRelease | null {
  const [first] = release().sites;
  const rule = { id: 'r', effect: 'permit' as const, who: { groups: ['members'] }, zones: ['gym'] };
  try {
    return compile(
      release({
        sites: [{ ...first, id: 'gangnam', timeZone: 'Asia/Seoul', name: site.trim() || 'x', display }],
        zones: [{ id: 'gym', match: { floor: 10 }, name: zone.trim() || 'x' }],
        rules: [{ ...rule, quota: { max: quota, per: 'day' } }],
        messages: { ko: { [reason]: { [display]: words } } },
      }),
    );
  } catch (error) {
    if (error instanceof AccessError) return null;
    throw error;
  }
}

describe('texts at the door', () => {
  it('fit, however long names are and whatever is left', () => {
    let own = 0;
    fc.assert(
      fc.property(worlds, (world) => {
        const compiled = published(world);
        if (compiled === null) return;
        const { reason, atMs, display, quota } = world;
        // A quota never leaves more than it had; what a pass leaves is no part of the release.
        const most = reason === 'permitted_by_pass' ? Number.POSITIVE_INFINITY : quota;
        const remaining = world.remaining === null ? null : Math.min(world.remaining, most);
        const place = { siteId: 'gangnam', zoneId: 'gym', ruleIds: ['r'], locale: 'ko' };
        const texts = renderMessage(compiled, { reason, atMs, ...place, remaining, limit: remaining });
        expect(displayLength(texts.customMessage ?? '')).toBeLessThanOrEqual(CHARACTER_LIMITS[display]);
        expect(texts.customMessage).not.toContain('{');
        if (texts.code !== null && texts.customMessage?.includes('금고실')) own += 1;
      }),
      { numRuns: runs(3000) },
    );
    expect(own).toBeGreaterThan(enough(50));
  });
});
