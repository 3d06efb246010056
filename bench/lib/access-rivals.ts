import { createMongoAbility, subject } from '@casl/ability';
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { compile, decide } from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';
import { newEnforcer, newModelFromString } from 'casbin';
import { Engine } from 'json-rules-engine';
import { member } from './access-world.ts';

/** What all of them can express: a group may pass a door told by two parameters. No time, no state. */
const RULES = 100;
/** The member is in all but the last of them. */
const GROUPS = 6;
/** A door of a group of the member, and one of the group they are not in. */
const ASKED = 57;
const REFUSED = 59;

const rules = Array.from({ length: RULES }, (_, position) => ({
  id: `rule-${position}`,
  group: `group-${position % GROUPS}`,
  floor: String(position),
  gate: 'A',
}));

const asked = { floor: String(ASKED), gate: 'A' };
const refused = { floor: String(REFUSED), gate: 'A' };

/** One engine, asked for a permit and a denial; `false` comes back where it denies. */
export interface Rival {
  permit(): boolean | Promise<boolean>;
  deny(): boolean | Promise<boolean>;
}

export function ours(): Rival {
  const compiled = compile(
    parseRelease({
      sites: [{ id: 'site', timeZone: 'Asia/Seoul' }],
      groups: Array.from({ length: GROUPS }, (_, position) => ({ id: `group-${position}` })),
      zones: rules.map(({ id, floor, gate }) => ({ id, match: { floor, gate } })),
      rules: rules.map(({ id, group }) => ({
        id,
        effect: 'permit' as const,
        who: { groups: [group] },
        zones: [id],
      })),
    }),
  );
  const key = member.merchantUserKey;
  const nowMs = Date.parse('2026-12-04T17:00:00Z');
  const ask = (params: typeof asked) =>
    decide(compiled, member, { merchantUserKey: key, params }, nowMs).effect === 'permit';
  return { permit: () => ask(asked), deny: () => ask(refused) };
}

/** The ability of this one member, built beforehand: the rules of groups they are not in are left out for it. */
export function casl(): Rival {
  const ability = createMongoAbility(
    rules
      .filter(({ group }) => member.groups.includes(group))
      .map(({ floor, gate }) => ({ action: 'enter', subject: 'Door', conditions: { floor, gate } })),
  );
  const ask = (params: typeof asked) => ability.can('enter', subject('Door', { ...params }));
  return { permit: () => ask(asked), deny: () => ask(refused) };
}

export async function casbin(): Promise<Rival> {
  const enforcer = await newEnforcer(
    newModelFromString(`
[request_definition]
r = sub, floor, gate
[policy_definition]
p = sub, floor, gate
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.floor == p.floor && r.gate == p.gate && g(r.sub, p.sub)
`),
  );
  for (const { group, floor, gate } of rules) await enforcer.addPolicy(group, floor, gate);
  for (const group of member.groups) await enforcer.addGroupingPolicy(member.merchantUserKey, group);
  const ask = (params: typeof asked) =>
    enforcer.enforceSync(member.merchantUserKey, params.floor, params.gate);
  return { permit: () => ask(asked), deny: () => ask(refused) };
}

export function jsonRulesEngine(): Rival {
  const engine = new Engine(
    rules.map(({ id, group, floor, gate }) => ({
      conditions: {
        all: [
          { fact: 'groups', operator: 'contains', value: group },
          { fact: 'floor', operator: 'equal', value: floor },
          { fact: 'gate', operator: 'equal', value: gate },
        ],
      },
      event: { type: id },
    })),
  );
  const ask = async (params: typeof asked) => {
    const { events } = await engine.run({ groups: member.groups, ...params });
    return events.length > 0;
  };
  return { permit: () => ask(asked), deny: () => ask(refused) };
}

export function cedar(): Rival {
  const staticPolicies = Object.fromEntries(
    rules.map(({ id, group, floor, gate }) => [
      id,
      `permit (principal in Group::"${group}", action, resource) when { context.floor == "${floor}" && context.gate == "${gate}" };`,
    ]),
  );
  const parsed = preparsePolicySet('bench', { staticPolicies });
  if (parsed.type === 'failure') throw new Error(JSON.stringify(parsed.errors));
  const principal = { type: 'Member', id: member.merchantUserKey };
  const entities = [
    { uid: principal, attrs: {}, parents: member.groups.map((id) => ({ type: 'Group', id })) },
    ...member.groups.map((id) => ({ uid: { type: 'Group', id }, attrs: {}, parents: [] })),
  ];
  const ask = (params: typeof asked) => {
    const answer = statefulIsAuthorized({
      principal,
      action: { type: 'Action', id: 'enter' },
      resource: { type: 'Door', id: 'any' },
      context: { ...params },
      preparsedPolicySetId: 'bench',
      entities,
    });
    return answer.type === 'success' && answer.response.decision === 'allow';
  };
  return { permit: () => ask(asked), deny: () => ask(refused) };
}
