import { canonicalJson, type Release } from '@facepass-kit/access';
import type { ReleaseDiff } from '@facepass-kit/protocol';

const PARTS = ['sites', 'groups', 'zones', 'schedules', 'calendars', 'rules', 'areas'] as const;

/** Parts of a release that differ from another, by kind and id. Texts are one part, named by language. */
export function diffReleases(from: Release, to: Release): ReleaseDiff['changes'] {
  const parts = PARTS.flatMap((part) => diffById(part, entriesOf(from[part]), entriesOf(to[part])));
  return [
    ...parts,
    ...diffById('messages', new Map(Object.entries(from.messages)), new Map(Object.entries(to.messages))),
  ];
}

function entriesOf(items: readonly { readonly id: string }[]): Map<string, unknown> {
  return new Map(items.map((item) => [item.id, item]));
}

function diffById(
  part: string,
  from: Map<string, unknown>,
  to: Map<string, unknown>,
): ReleaseDiff['changes'] {
  const ids = [...new Set([...from.keys(), ...to.keys()])].sort();
  return ids.flatMap((id): ReleaseDiff['changes'] => {
    if (!from.has(id)) return [{ part, id, change: 'added' }];
    if (!to.has(id)) return [{ part, id, change: 'removed' }];
    return canonicalJson(from.get(id)) === canonicalJson(to.get(id)) ? [] : [{ part, id, change: 'changed' }];
  });
}
