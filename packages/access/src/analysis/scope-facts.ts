import type { CompiledRelease, CompiledZone, RuleScope } from '../compile/compiled.ts';

/** What the rules of some zones say together, as far as ways out are concerned. */
export interface ScopeFacts {
  /** The first forbid by id; null where there is none. */
  readonly forbidId: string | null;
  readonly hasPermit: boolean;
  /** Whether a permit is for everybody, at all times. */
  readonly opensToAll: boolean;
}

/** Looks once at each rule, however many zones share it. */
export function scopeFacts(
  compiled: CompiledRelease,
  zones: readonly CompiledZone[],
): (zones: readonly CompiledZone[]) => ScopeFacts {
  const scopes = new Set(zones.flatMap((zone) => zone.scopes));
  const known = new Map([...scopes].map((scope) => [scope, factsOf(compiled, scope)]));
  return (some) => {
    const facts = some.flatMap((zone) => zone.scopes).flatMap((scope) => known.get(scope) ?? []);
    const [forbidId = null] = facts.flatMap((each) => each.forbidId ?? []).sort();
    return {
      forbidId,
      hasPermit: facts.some(({ hasPermit }) => hasPermit),
      opensToAll: facts.some(({ opensToAll }) => opensToAll),
    };
  };
}

function factsOf(compiled: CompiledRelease, { rules }: RuleScope): ScopeFacts {
  const permits = rules.filter(({ effect }) => effect === 'permit');
  return {
    // The rules of a scope are there by id.
    forbidId: rules.find(({ effect }) => effect === 'forbid')?.id ?? null,
    hasPermit: permits.length > 0,
    opensToAll: permits.some(({ id }) => opensToAll(compiled, id)),
  };
}

function opensToAll(compiled: CompiledRelease, ruleId: string): boolean {
  const rule = compiled.rules.get(ruleId);
  if (rule === undefined) return false;
  const { everyone, tags, except } = rule.who;
  const always = rule.schedule === undefined && rule.validFrom === undefined && rule.validUntil === undefined;
  return everyone === true && tags === undefined && except === undefined && always;
}
