import { type CompiledRelease, compile, type ReleaseInput } from '../src/index.ts';
import { parseRelease } from '../src/schema/index.ts';

type AreaInput = NonNullable<ReleaseInput['areas']>[number];
type RuleInput = NonNullable<ReleaseInput['rules']>[number];

/** One room with a door in and a door out: what tests of areas, quotas and passes need. */
export function club(area: Partial<AreaInput> = {}, rule: Partial<RuleInput> = {}): CompiledRelease {
  return compile(
    parseRelease({
      sites: [{ id: 'club', timeZone: 'Asia/Seoul' }],
      groups: [
        { id: 'members' },
        { id: 'hosts', parents: ['members'] },
        { id: 'cleaners', parents: ['members'] },
      ],
      areas: [{ id: 'room', ...area }],
      zones: [
        { id: 'in', match: { door: 'in' }, direction: 'in', area: 'room' },
        { id: 'out', match: { door: 'out' }, direction: 'out', area: 'room' },
      ],
      rules: [
        { id: 'come', effect: 'permit', who: { groups: ['members'] }, zones: ['in'], ...rule },
        { id: 'go', effect: 'permit', who: { everyone: true }, zones: ['out'] },
      ],
    }),
  );
}
