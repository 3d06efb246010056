import type { AdminClient } from '@facepass-kit/protocol';
import { describe, expect, it } from 'vitest';
import { checkRules, publishRules } from './publish-rules.ts';

const NOW = Date.parse('2026-12-01T12:00:00+09:00');
const rules = `
sites: [{ id: hq, timeZone: Asia/Seoul }]
groups: [{ id: staff }]
zones: [{ id: door, match: { door: front }, direction: in }]
rules: [{ id: staff, effect: permit, who: { groups: [staff] }, zones: [door] }]
tests:
  - name: staff come in
    member: { groups: [staff] }
    params: { door: front }
    at: 2026-12-01T12:00:00+09:00
    expect: { effect: permit }
`;

describe('a rules document', () => {
  it('is right where nothing is wrong', () => {
    expect(checkRules(rules, NOW)).toMatchObject({ errors: [], warnings: [] });
  });

  it('is wrong by its shape, by line and place', () => {
    const { compiled, errors } = checkRules(rules.replace('zones: [door] }]', 'zones: [doors] }]'), NOW);
    expect(compiled).toBeNull();
    expect(errors).toEqual([expect.stringMatching(/^line 5: rules\[0\]\.zones\[0\].*did you mean "door"/)]);
  });

  it('is wrong where a test of its own fails', () => {
    const { errors } = checkRules(
      rules.replace('expect: { effect: permit }', 'expect: { effect: deny }'),
      NOW,
    );
    expect(errors).toEqual([expect.stringContaining('test "staff come in" fails')]);
  });

  it('gets remarks where something is probably not meant', () => {
    const { errors, warnings } = checkRules(
      rules.replace('groups: [{ id: staff }]', 'groups: [{ id: staff }, { id: unused }]'),
      NOW,
    );
    expect(errors).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/unused_group: line 3: groups\[1\]/)]);
  });
});

describe('publishing', () => {
  it('goes over the release that the draft was compared with', async () => {
    const { compiled } = checkRules(rules, NOW);
    if (compiled === null) throw new Error('the rules are right');
    const asked: object[] = [];
    const admin: Pick<AdminClient, 'previewRelease' | 'publishRelease'> = {
      async previewRelease(request) {
        asked.push(request);
        const flip = { decisionId: 'd', at: NOW, zoneId: 'door', merchantUserKey: '000001' };
        const [before, after] = [
          { effect: 'permit', reason: 'permitted' },
          { effect: 'deny', reason: 'no_grant' },
        ] as const;
        return {
          hash: 'h',
          against: 'b'.repeat(64),
          tests: [],
          asked: 7,
          changed: [{ ...flip, before, after }],
        };
      },
      async publishRelease(request) {
        asked.push(request);
        return { hash: 'h', version: 3, publishedBy: 'tests', publishedAt: NOW, reason: 'a test' };
      },
    };
    const printed: string[] = [];
    const by = { publishedBy: 'tests', reason: 'a test' };
    const done = await publishRules(compiled, by, admin, (line) => void printed.push(line));
    expect(asked).toMatchObject([
      { release: compiled.release },
      { release: compiled.release, publishedBy: 'tests', reason: 'a test', expectedHead: 'b'.repeat(64) },
    ]);
    expect(printed[0]).toBe('1 of the last 7 questions would be answered otherwise');
    expect(done).toMatchObject({ asked: 7, changed: [{ decisionId: 'd' }], published: { version: 3 } });
    // Nobody is named on a screen or in the log of a build.
    expect(JSON.stringify([printed, done])).not.toContain('000001');
  });
});
