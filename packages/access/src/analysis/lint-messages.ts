import type { CompiledRelease } from '../compile/compiled.ts';
import type { Messages } from '../model.ts';
import { isReason, type Reason, SENSITIVE_REASONS } from '../reasons.ts';
import type { Finding } from './lint.ts';

/** Reasons that no rule has a part in: a rule's own text for them is never looked up. */
const WITHOUT_RULES: ReadonlySet<Reason> = new Set([
  'no_zone',
  'ambiguous_zone',
  'unknown_member',
  'member_suspended',
  'not_yet_valid',
  'expired',
  'no_grant',
  'pass_used_up',
  'unavailable',
  'no_release',
]);

/** Reasons with which something can be counted. */
const COUNTING: ReadonlySet<Reason> = new Set(['permitted', 'permitted_by_pass']);

type Path = readonly (string | number)[];

/** Texts that are never shown, and texts that tell bystanders what they should not read. */
export function lintMessages({ release }: CompiledRelease): readonly Finding[] {
  return [
    ...textsIn(release.messages, ['messages']).flatMap(lintText),
    ...lintSensitive(release.messages),
    ...release.rules.flatMap((rule, position) =>
      textsIn(rule.messages ?? {}, ['rules', position, 'messages']).flatMap((text) =>
        WITHOUT_RULES.has(text.reason)
          ? [
              neverShown(
                text.path,
                `no rule has a part in "${text.reason}"; put it under the release's messages`,
              ),
            ]
          : [...lintText(text), ...lintListed(text, rule.id)],
      ),
    ),
  ];
}

interface Text {
  readonly reason: Reason;
  readonly path: Path;
  readonly texts: Readonly<Record<string, string | undefined>>;
}

function textsIn(messages: Messages, path: Path): Text[] {
  return Object.entries(messages).flatMap(([locale, byReason]) =>
    Object.entries(byReason).flatMap(([reason, texts]): Text[] =>
      isReason(reason) && texts !== undefined ? [{ reason, texts, path: [...path, locale, reason] }] : [],
    ),
  );
}

function lintText({ reason, path, texts }: Text): Finding[] {
  if (COUNTING.has(reason)) return [];
  return (['repeat', 'ticket'] as const).flatMap((display) =>
    /\{(remaining|limit)\}/.test(texts[display] ?? '')
      ? [
          neverShown(
            [...path, display],
            `nothing is counted with "${reason}": {remaining} and {limit} have no value`,
          ),
        ]
      : [],
  );
}

function neverShown(path: Path, message: string): Finding {
  return { code: 'message_never_shown', severity: 'warning', path, message };
}

/** A rule speaks for whoever it names, also where a deny entry stops them: its own text tells that one does. */
function lintListed({ reason, path }: Text, ruleId: string): Finding[] {
  if (reason !== 'deny_listed') return [];
  return [
    {
      code: 'telling_message',
      severity: 'warning',
      path,
      message: `rule "${ruleId}" has a text of its own for deny_listed, which tells bystanders why somebody is turned away`,
      hint: 'leave it to the built-in text',
    },
  ];
}

/** `forbidden` is left to the operator: a forbid is as often about a place as about a person. */
const ABOUT_PERSONS = SENSITIVE_REASONS.filter((reason) => reason !== 'forbidden');

/** The texts of one language have to be the same for all of them, or each tells which it is. */
function lintSensitive(messages: Messages): Finding[] {
  return Object.entries(messages).flatMap(([locale, byReason]) => {
    const written = ABOUT_PERSONS.filter((reason) => byReason[reason] !== undefined);
    const versions = new Set(ABOUT_PERSONS.map((reason) => JSON.stringify(byReason[reason])));
    const [first] = written;
    if (first === undefined || versions.size === 1) return [];
    return [
      {
        code: 'telling_message',
        severity: 'warning',
        path: ['messages', locale, first],
        message: `texts for ${written.join(', ')} tell bystanders why somebody is turned away`,
        hint: `give ${ABOUT_PERSONS.join(', ')} the same text, or leave all to the built-in one`,
      },
    ];
  });
}
