import { lastResetMs } from './admission-keys.ts';
import type { Flag } from './admit.ts';
import type { CompiledArea, CompiledRelease } from './compile/compiled.ts';
import type { Verdict } from './decide.ts';
import type { AreaView, Change, GuardView } from './guard-view.ts';
import type { Area } from './model.ts';
import type { Reason } from './reasons.ts';

type Stop = { readonly reason: Reason; readonly changes: readonly Change[] };
type Pass = { readonly flags: readonly Flag[]; readonly changes: readonly Change[] };

const EMPTY: AreaView = {
  presence: null,
  recent: [],
  occupancy: 0,
  firstPersonAtMs: null,
  companions: [],
};

/** Two people inside make it safe for a third to follow alone. */
const NOT_ALONE = 2;

/**
 * Applies what a door's area asks of whoever passes: first person, second person, anti-passback, occupancy.
 *
 * @param decisionId id of the permit, should it come to one: what happens is remembered under it
 */
export function admitToArea(
  compiled: CompiledRelease,
  verdict: Verdict,
  view: GuardView,
  merchantUserKey: string,
  instantMs: number,
  decisionId: string,
): Stop | Pass {
  const found = verdict.areaId === null ? undefined : compiled.areas.get(verdict.areaId);
  if (found === undefined) return { flags: [], changes: [] };
  const { area } = found;
  const state = currentState(found, view.area ?? EMPTY, instantMs);
  const event: Change = {
    kind: 'presence',
    decisionId,
    areaId: area.id,
    merchantUserKey,
    direction: verdict.direction,
    atMs: instantMs,
  };
  const bypasses = area.bypassGroups.some((group) => verdict.groups.includes(group));
  if (verdict.direction === 'out') return leave(area, view.area ?? EMPTY, bypasses, event);

  const isFirstPerson = area.firstPerson?.groups.some((group) => verdict.groups.includes(group)) ?? false;
  const { twoPerson } = area;
  const asked = (rememberedAs: string): readonly Change[] =>
    twoPerson === undefined
      ? []
      : [
          {
            kind: 'companion',
            decisionId: rememberedAs,
            areaId: area.id,
            merchantUserKey,
            atMs: instantMs,
            expiresAtMs: instantMs + twoPerson.withinSeconds * 1000,
          },
        ];
  if (!bypasses) {
    const stop = stoppedByPassback(area, state, instantMs)
      ? 'anti_passback'
      : isFull(area, state)
        ? 'area_full'
        : null;
    // Whoever could not come in anyway is nobody's companion; who waits for the first person only, is theirs.
    const asking = stop === null ? asked(view.decisionId) : [];
    if (area.firstPerson !== undefined && state.firstPersonAtMs === null && !isFirstPerson) {
      return { reason: 'first_person_needed', changes: asking };
    }
    if (twoPerson !== undefined && isAlone(state, merchantUserKey)) {
      return { reason: 'second_person_needed', changes: asking };
    }
    if (stop !== null) return { reason: stop, changes: [] };
  } else if (isFull(area, state)) {
    return { reason: 'area_full', changes: [] };
  }
  return {
    flags: state.presence?.direction === 'in' && passbackModeOf(area) !== 'off' ? ['anti_passback'] : [],
    changes: [
      event,
      // Each of them is remembered: the permit of the one who came first may be taken back.
      ...(isFirstPerson
        ? [{ kind: 'firstPerson' as const, decisionId, areaId: area.id, atMs: instantMs }]
        : []),
      ...asked(decisionId),
    ],
  };
}

/** What still counts: nothing from before the last reset, and nobody who asked too long ago. */
function currentState(compiled: CompiledArea, state: AreaView, instantMs: number): AreaView {
  const sinceMs = lastResetMs(compiled, instantMs);
  const withinMs = (compiled.area.twoPerson?.withinSeconds ?? 0) * 1000;
  const { presence, firstPersonAtMs } = state;
  return {
    presence: presence === null || presence.atMs < sinceMs ? null : presence,
    recent: state.recent,
    occupancy: state.occupancy,
    firstPersonAtMs: firstPersonAtMs === null || firstPersonAtMs < sinceMs ? null : firstPersonAtMs,
    companions: state.companions.filter(({ atMs }) => instantMs - atMs < withinMs),
  };
}

/** Whoever came in before the last reset has come in: a reset shuts nobody in. */
function leave(area: Area, state: AreaView, bypasses: boolean, event: Change): Stop | Pass {
  const inside = state.presence?.direction === 'in';
  if (inside || passbackModeOf(area) === 'off') return { flags: [], changes: [event] };
  if (area.antiPassback?.mode === 'hard' && area.antiPassback.exits === 'enforce' && !bypasses) {
    return { reason: 'anti_passback', changes: [] };
  }
  return { flags: ['exit_without_entry'], changes: [event] };
}

function passbackModeOf(area: Area): 'off' | 'soft' | 'hard' {
  return area.antiPassback?.mode ?? 'off';
}

function stoppedByPassback(area: Area, { presence }: AreaView, instantMs: number): boolean {
  if (area.antiPassback?.mode !== 'hard' || presence?.direction !== 'in') return false;
  const { forgetAfterSeconds } = area.antiPassback;
  return forgetAfterSeconds === undefined || instantMs < presence.atMs + forgetAfterSeconds * 1000;
}

/** Whoever asks at the way in is not inside themselves, whatever was last known of them. */
function isAlone(state: AreaView, merchantUserKey: string): boolean {
  const others = state.occupancy - (state.presence?.direction === 'in' ? 1 : 0);
  return (
    others < NOT_ALONE && !state.companions.some((companion) => companion.merchantUserKey !== merchantUserKey)
  );
}

function isFull(area: Area, state: AreaView): boolean {
  const inside = state.presence?.direction === 'in';
  return area.maxOccupancy !== undefined && !inside && state.occupancy >= area.maxOccupancy;
}
