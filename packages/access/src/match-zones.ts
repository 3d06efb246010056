import { comparableParam, toNfc } from './comparable.ts';
import type { CompiledZone, ZoneIndex } from './compile/compiled.ts';
import type { Question } from './model.ts';

/**
 * The zones a question is about: all whose conditions the parameters fulfil, the most specific (most
 * conditions, then first in the document) first, of one site. `ambiguous` when the most specific ones of two
 * sites are equally specific and the question names no site.
 */
export type ZoneMatch =
  | { readonly zones: readonly [CompiledZone, ...CompiledZone[]] }
  | { readonly problem: 'no_zone' | 'ambiguous_zone' };

export function matchZones(index: ZoneIndex, question: Question): ZoneMatch {
  const matched: CompiledZone[] = [];
  for (const [key, byValue] of index.byParam) {
    const value = comparableParam(question.params, key);
    const zones = value === undefined ? undefined : byValue.get(value);
    if (zones === undefined) continue;
    for (const zone of zones) if (fulfils(zone, question)) matched.push(zone);
  }
  for (const zone of index.everywhere) if (fulfils(zone, question)) matched.push(zone);
  if (matched.length > 1) matched.sort(mostSpecificFirst);
  const [first, second] = matched;
  if (first === undefined) return { problem: 'no_zone' };
  if (second === undefined) return { zones: [first] };
  const rivals = matched.filter((zone) => zone.conditions.length === first.conditions.length);
  if (rivals.some((zone) => zone.siteId !== first.siteId)) return { problem: 'ambiguous_zone' };
  return { zones: [first, ...matched.slice(1).filter((zone) => zone.siteId === first.siteId)] };
}

function fulfils(zone: CompiledZone, question: Question): boolean {
  if (question.siteId !== undefined && toNfc(question.siteId) !== zone.siteId) return false;
  for (const { key, values } of zone.conditions) {
    const value = comparableParam(question.params, key);
    if (value === undefined || !values.has(value)) return false;
  }
  return true;
}

/** Most conditions first, then as in the document. */
export function mostSpecificFirst(a: CompiledZone, b: CompiledZone): number {
  return b.conditions.length - a.conditions.length || a.position - b.position;
}
