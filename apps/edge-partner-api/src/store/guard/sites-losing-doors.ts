import { type CompiledRelease, decide } from '@facepass-kit/access';

/**
 * Of sites that are locked down or evacuated those that rules do not have, or whose doors they give to a site that is
 * neither: a lockdown would end there, and an evacuation as well. Asked of every place a zone tells of, under the rules
 * of before and under those to come.
 */
export function sitesLosingDoors(
  shut: readonly string[],
  before: CompiledRelease | undefined,
  after: CompiledRelease,
): string[] {
  if (shut.length === 0) return [];
  const losing = new Set(shut.filter((siteId) => !after.sites.has(siteId)));
  for (const params of [before, after].flatMap((release) => release ?? []).flatMap(placesOf)) {
    const from = before === undefined ? null : siteAt(before, params);
    const to = siteAt(after, params);
    if (from !== null && to !== null && shut.includes(from) && !shut.includes(to)) losing.add(from);
  }
  return [...losing];
}

/** What devices at the doors of every zone send: each value of each condition once, with the first of the others. */
function placesOf({ zones }: CompiledRelease): Record<string, string>[] {
  return [...zones.byId.values()].flatMap(({ conditions }) => {
    const first = Object.fromEntries(conditions.map(({ key, values }) => [key, [...values][0] ?? '']));
    const others = conditions.flatMap(({ key, values }) =>
      [...values].slice(1).map((value) => ({ ...first, [key]: value })),
    );
    return [first, ...others];
  });
}

function siteAt(release: CompiledRelease, params: Record<string, string>): string | null {
  return decide(release, null, { merchantUserKey: '', params }, 0).siteId;
}
