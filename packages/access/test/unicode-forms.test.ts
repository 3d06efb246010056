/** A word typed on one system is the same word typed on another: NFC and NFD never make another answer. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile, decide, type Member, type Question, type ReleaseInput } from '../src/index.ts';
import { MemoryGuard } from '../src/memory-guard.ts';
import { memberSchema, parseRelease } from '../src/schema/index.ts';
import { runs } from './fuzz-share.ts';

const atMs = Date.parse('2026-12-04T09:00:00+09:00');
const KEYS = ['회원1', '김하나', 'José', 'm-1'];
const GROUPS = ['출입금지', '직원', 'café', 'staff'];
const TAGS = ['등급', 'level'];
const VALUES = ['금', 'élite', '1'];

/** Each text as it is, or decomposed. */
const form = fc.constantFrom('NFC' as const, 'NFD' as const);

interface World {
  readonly release: ReleaseInput;
  readonly member: Member;
  readonly question: Question;
}

const who = fc
  .record(
    {
      groups: fc.subarray(GROUPS, { minLength: 1, maxLength: 2 }),
      members: fc.subarray(KEYS, { minLength: 1, maxLength: 2 }),
      tags: fc.dictionary(fc.constantFrom(...TAGS), fc.constantFrom(...VALUES), { minKeys: 1, maxKeys: 1 }),
      except: fc.record({
        groups: fc.subarray(GROUPS, { maxLength: 1 }),
        members: fc.subarray(KEYS, { maxLength: 1 }),
      }),
    },
    { requiredKeys: [] },
  )
  .map((subject) =>
    subject.groups === undefined && subject.members === undefined
      ? { ...subject, everyone: true as const }
      : subject,
  );

const worlds: fc.Arbitrary<World> = fc
  .record({
    release: fc
      .array(
        fc.record({ who, effect: fc.constantFrom('permit' as const, 'permit' as const, 'forbid' as const) }),
        {
          minLength: 1,
          maxLength: 5,
        },
      )
      .map((rules) => ({
        sites: [{ id: '본사', timeZone: 'Asia/Seoul' }],
        groups: GROUPS.map((id, position) => ({ id, parents: GROUPS.slice(position + 1, position + 2) })),
        zones: [{ id: '로비', match: { 층: '일층' } }],
        rules: rules.map((rule, position) => ({ ...rule, id: `규칙-${position}`, zones: ['로비'] })),
      })),
    member: fc.record({
      merchantUserKey: fc.constantFrom(...KEYS),
      status: fc.constant('active' as const),
      groups: fc.subarray(GROUPS, { maxLength: 2 }),
      tags: fc.dictionary(fc.constantFrom(...TAGS), fc.constantFrom(...VALUES)),
      version: fc.constant(1),
    }),
    question: fc.constant({ merchantUserKey: '', params: { 층: '일층' }, siteId: '본사' }),
  })
  .map((world) => ({
    ...world,
    question: { ...world.question, merchantUserKey: world.member.merchantUserKey },
  }));

/** The same value with every text in it, names included, in a Unicode form. */
function inForm<T>(value: T, wanted: 'NFC' | 'NFD'): T {
  // Parsing gives back the shape that was written: a form changes texts only.
  return JSON.parse(JSON.stringify(value).normalize(wanted)) as T;
}

describe('the Unicode form of a text', () => {
  it('never changes an answer, whichever of rules, member and question has which', () => {
    const effects = new Set<string>();
    fc.assert(
      fc.property(
        worlds,
        form,
        form,
        form,
        ({ release, member, question }, ofRules, ofMember, ofQuestion) => {
          const verdictOf = (rules: ReleaseInput, of: Member, asked: Question) =>
            decide(compile(parseRelease(rules)), of, asked, atMs);
          const expected = verdictOf(release, member, question);
          const written = inForm(member, ofMember);
          const asked = inForm(question, ofQuestion);
          const rules = inForm(release, ofRules);
          // Both as a directory stores it, and as a caller may pass it that reads no schema.
          expect(verdictOf(rules, memberSchema.parse(written), asked)).toEqual(expected);
          expect(verdictOf(rules, written, asked)).toEqual(expected);
          effects.add(expected.reason);
        },
      ),
      { numRuns: runs(500) },
    );
    expect([...effects].sort()).toEqual(['forbidden', 'no_grant', 'permitted']);
  });

  it('hides nobody from a forbid that names them', () => {
    const compiled = compile(
      parseRelease({
        sites: [{ id: 'hq', timeZone: 'Asia/Seoul' }],
        zones: [{ id: 'door', match: {} }],
        rules: [
          { id: 'all', effect: 'permit', who: { everyone: true }, zones: ['door'] },
          { id: 'out', effect: 'forbid', who: { members: ['회원1'] }, zones: ['door'] },
        ],
      }),
    );
    const merchantUserKey = '회원1'.normalize('NFD');
    const member = { merchantUserKey, status: 'active' as const, groups: [], tags: {}, version: 1 };
    expect(decide(compiled, member, { merchantUserKey, params: {} }, atMs)).toMatchObject({
      effect: 'deny',
      reason: 'forbidden',
    });
  });

  it('gives nobody a second quota, and does not lead around a deny entry', () => {
    const compiled = compile(
      parseRelease({
        sites: [{ id: 'hq', timeZone: 'Asia/Seoul', repeatSeconds: 0 }],
        zones: [{ id: 'door', match: {} }],
        rules: [
          {
            id: 'once',
            effect: 'permit',
            who: { everyone: true },
            zones: ['door'],
            quota: { max: 1, per: 'day' },
          },
        ],
      }),
    );
    const guard = new MemoryGuard();
    const ask = (merchantUserKey: string) => {
      const member = {
        merchantUserKey,
        status: 'active' as const,
        groups: ['직원'.normalize('NFD')],
        tags: {},
        version: 1,
      };
      return guard.ask(compiled, member, { merchantUserKey, params: {} }, atMs).reason;
    };
    expect(ask('회원1')).toBe('permitted');
    expect(ask('회원1'.normalize('NFD'))).toBe('quota_spent');
    guard.addDeny({ id: 'd', subject: { kind: 'group', group: '직원' }, zones: null, untilMs: null });
    expect(ask('회원2')).toBe('deny_listed');
  });
});
