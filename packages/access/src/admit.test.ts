import { describe, expect, it } from 'vitest';
import { ask, emptyView, member, release, seoul } from '../test/venue.ts';
import {
  admissionKeys,
  admit,
  type CompiledRelease,
  compile,
  decide,
  type GuardView,
  type Member,
  type Question,
  type SiteMode,
} from './index.ts';

const compiled = compile(release());
const friday = seoul('2026-12-04 09:00');
const gym = ask({ floor: 10 });

function admitted(
  view: Partial<GuardView>,
  who: Member | null = member(),
  question: Question = gym,
  at = friday,
) {
  const verdict = decide(compiled, who, question, at);
  return admit(compiled, verdict, question, who, emptyView(view), at);
}

function mode(changes: Partial<SiteMode>): SiteMode {
  return { siteId: 'gangnam', mode: 'lockdown', untilMs: null, exemptGroups: null, ...changes };
}

describe('admit: site modes', () => {
  it('stops everyone coming in during a lockdown, and judges nobody before it', () => {
    expect(admitted({ mode: mode({}) }).decision.reason).toBe('site_lockdown');
    expect(admitted({ mode: mode({}) }, null).decision.reason).toBe('site_lockdown');
    expect(admitted({ mode: mode({}) }, member(), ask({ floor: 99 })).decision.reason).toBe('no_zone');
  });

  it('leaves exempt groups under the rules: the site’s, or those of the lockdown itself', () => {
    const guard = member({ groups: ['security'] });
    expect(admitted({ mode: mode({}) }, guard).decision.reason).toBe('permitted');
    expect(admitted({ mode: mode({ exemptGroups: [] }) }, guard).decision.reason).toBe('site_lockdown');
    expect(admitted({ mode: mode({ exemptGroups: ['members'] }) }).decision.reason).toBe('permitted');
    const expired = member({ groups: ['security'], validUntil: '2026-01-01T00:00:00+09:00' });
    expect(admitted({ mode: mode({}) }, expired).decision.reason).toBe('expired');
  });

  it('is over at its end', () => {
    expect(admitted({ mode: mode({ untilMs: friday + 1 }) }).decision.reason).toBe('site_lockdown');
    expect(admitted({ mode: mode({ untilMs: friday }) }).decision.reason).toBe('permitted');
  });

  it('shuts nobody in, and lets everyone out in an evacuation', () => {
    const exit = ask({ floor: 10, side: 'out' });
    expect(admitted({ mode: mode({}) }, member(), exit).decision.reason).toBe('permitted');
    const evacuation = mode({ mode: 'evacuate' });
    expect(admitted({ mode: evacuation }, null, exit).decision).toMatchObject({
      effect: 'permit',
      reason: 'evacuation_exit',
    });
  });

  it('takes a door that does not say which way it leads for a way out in an evacuation, and in otherwise', () => {
    const marked = compile(
      release({
        zones: release().zones.map((zone) => (zone.id === 'gym' ? { ...zone, direction: 'in' } : zone)),
      }),
    );
    const reason = (rules: CompiledRelease, state: SiteMode) => {
      const verdict = decide(rules, member(), gym, friday);
      return admit(rules, verdict, gym, member(), emptyView({ mode: state }), friday).decision.reason;
    };
    expect(reason(compiled, mode({ mode: 'evacuate' }))).toBe('evacuation_exit');
    expect(reason(marked, mode({ mode: 'evacuate' }))).toBe('site_evacuation');
    expect(reason(compiled, mode({}))).toBe('site_lockdown');
    // One zone that says so is enough, however broad.
    const around = [{ id: 'building', match: {}, direction: 'in' as const }, ...release().zones];
    const within = compile(release({ zones: around }));
    expect(reason(within, mode({ mode: 'evacuate' }))).toBe('site_evacuation');
  });

  it('keeps a door shut in an evacuation that no zone tells of, or zones of two sites, as on every other day', () => {
    const sites = ['a', 'b'].map((id) => ({ id, timeZone: 'Asia/Seoul', exemptGroups: ['security'] }));
    const zones = [
      { id: 'out-a', site: 'a', match: { floor: 10 }, direction: 'out' as const },
      { id: 'out-b', site: 'b', match: { floor: 10 }, direction: 'out' as const },
    ];
    const rules = [{ id: 'all', effect: 'permit' as const, who: { everyone: true as const }, zones: ['*'] }];
    const open = compile(release({ sites, zones, rules }));
    const guard = member({ groups: ['security'] });
    const reasonAt = (question: Question, state: SiteMode | null) => {
      const verdict = decide(open, guard, question, friday);
      return admit(open, verdict, question, guard, emptyView({ mode: state }), friday).decision.reason;
    };
    const evacuation = mode({ siteId: 'a', mode: 'evacuate' });
    for (const state of [null, evacuation]) {
      expect(reasonAt(ask({ floor: 99 }), state)).toBe('no_zone');
      expect(reasonAt({ ...ask({ floor: 99 }), siteId: 'a' }, state)).toBe('no_zone');
      expect(reasonAt(gym, state)).toBe('ambiguous_zone');
    }
    expect(reasonAt({ ...gym, siteId: 'a' }, evacuation)).toBe('evacuation_exit');
  });
});

describe('admit: deny entries', () => {
  const entry = {
    id: 'e',
    subject: { kind: 'member', merchantUserKey: 'm-1' },
    zones: null,
    untilMs: null,
  } as const;

  it('keeps out the member or the group it names, in its zones, until it ends', () => {
    const reason = (denies: GuardView['denies']) => admitted({ denies }).decision.reason;
    expect(reason([entry])).toBe('deny_listed');
    expect(reason([{ ...entry, subject: { kind: 'group', group: 'people' } }])).toBe('deny_listed');
    expect(reason([{ ...entry, subject: { kind: 'group', group: 'staff' } }])).toBe('permitted');
    expect(reason([{ ...entry, subject: { kind: 'member', merchantUserKey: 'm-2' } }])).toBe('permitted');
    expect(reason([{ ...entry, zones: ['lobby'] }])).toBe('permitted');
    expect(reason([{ ...entry, zones: ['gym'] }])).toBe('deny_listed');
    expect(reason([{ ...entry, untilMs: friday }])).toBe('permitted');
    expect(reason([{ ...entry, untilMs: friday + 1 }])).toBe('deny_listed');
  });

  it('says nothing of whoever leaves: it keeps out, never in', () => {
    const exit = ask({ floor: 10, side: 'out' });
    expect(admitted({ denies: [entry] }, member(), exit).decision.reason).toBe('permitted');
    expect(admitted({ denies: [{ ...entry, zones: ['gym-exit'] }] }, member(), exit).decision.reason).toBe(
      'permitted',
    );
  });

  it('holds for a zone however its name was typed', () => {
    const named = compile(release({ zones: [{ id: '로비', match: { floor: 10 } }], rules: [] }));
    const verdict = decide(named, member(), gym, friday);
    const denies = [{ ...entry, zones: ['로비'.normalize('NFD')] }];
    expect(admit(named, verdict, gym, member(), emptyView({ denies }), friday).decision.reason).toBe(
      'deny_listed',
    );
  });

  it('names the entry in what determined the decision', () => {
    expect(admitted({ denies: [entry] }).decision.determining).toEqual(['deny:e']);
  });
});

describe('admit: a question asked again', () => {
  const lastPermit = { decisionId: 'd-0', atMs: friday - 9_999, grant: null };

  it('is the same permit within the repeat time: nothing is spent twice', () => {
    const { decision, changes } = admitted({ lastPermit });
    expect(decision).toMatchObject({ effect: 'permit', repeatOf: 'd-0' });
    expect(changes).toEqual([]);
  });

  it('is a new one afterwards', () => {
    const { decision, changes } = admitted({ lastPermit: { ...lastPermit, atMs: friday - 10_000 } });
    expect(decision).toMatchObject({ effect: 'permit', repeatOf: null });
    expect(changes).toEqual([
      {
        kind: 'permit',
        decisionId: 'd-1',
        merchantUserKey: 'm-1',
        zoneId: 'gym',
        atMs: friday,
        grant: null,
        expiresAtMs: friday + 10_000,
      },
    ]);
  });

  it('is denied when something has come between', () => {
    expect(admitted({ lastPermit }, member({ status: 'suspended' })).decision.reason).toBe(
      'member_suspended',
    );
    expect(admitted({ lastPermit, mode: mode({}) }).decision.reason).toBe('site_lockdown');
  });

  it('is judged anew where the permit was kept by a guard that did not yet say what gave the right to it', () => {
    const quota = { max: 1, per: 'day' } as const;
    const counted = compile(
      release({ rules: [{ id: 'r', effect: 'permit', who: { everyone: true }, zones: ['gym'], quota }] }),
    );
    const old = emptyView({ lastPermit: { decisionId: 'd-0', atMs: friday - 5000 } });
    const again = (rules: CompiledRelease) =>
      admit(rules, decide(rules, member(), gym, friday), gym, member(), old, friday).decision;
    expect(again(counted)).toMatchObject({ effect: 'permit', repeatOf: null, remaining: 0 });
    expect(again(compiled)).toMatchObject({ effect: 'permit', repeatOf: 'd-0' });
  });

  it('is looked for only where a permit is possible', () => {
    const keys = (who: Member | null) =>
      admissionKeys(compiled, decide(compiled, who, gym, friday), gym, who, friday);
    expect(keys(member())).toMatchObject({
      siteId: 'gangnam',
      groups: ['members', 'people'],
      repeat: { zoneId: 'gym', sinceMs: friday - 10_000 },
      passes: true,
      area: null,
    });
    expect(keys(null)).toMatchObject({ repeat: null, passes: false, counters: [] });
  });
});
