import { COUNT_MAX } from '../count-limit.ts';
import { DEFAULT_LOCALES, DEFAULT_MESSAGES, type MessageText } from '../default-messages.ts';
import { byteLength, CHARACTER_LIMITS, CODE_BYTES, type Display, displayLength } from '../display-limits.ts';
import type { Messages, Release } from '../model.ts';
import { isReason, REASONS, type Reason } from '../reasons.ts';
import type { MessageIndex, MessageTemplates } from './compiled.ts';
import type { IssueList } from './issue-list.ts';

/** What a text may say of the moment. */
export const VARIABLES = ['zone', 'site', 'date', 'time', 'remaining', 'limit'] as const;
export type Variable = (typeof VARIABLES)[number];

/** How many characters each variable can take. */
type Longest = Readonly<Record<Variable, number>>;

/** A text cut at its variables: texts and variables alternate, beginning with a text. */
export interface Template {
  readonly texts: readonly string[];
  readonly variables: readonly Variable[];
}

/** Compiles every text and reports those that could overflow a display. */
export function compileMessages(release: Release, issues: IssueList): MessageIndex {
  const longest = longestValues(release);
  // What a pass is good for is no part of the release.
  const byPass = { ...longest, remaining: String(COUNT_MAX).length, limit: String(COUNT_MAX).length };
  const longestFor = (reason: Reason): Longest => (reason === 'permitted_by_pass' ? byPass : longest);
  const compileSet = (messages: Messages, path: (string | number)[]) =>
    new Map(
      Object.entries(messages).map(([locale, byReason]) => [
        locale,
        new Map(
          Object.entries(byReason).flatMap(([reason, text]): [Reason, MessageTemplates][] =>
            isReason(reason)
              ? [[reason, compileText(text, [...path, locale, reason], longestFor(reason), issues)]]
              : [],
          ),
        ),
      ]),
    );
  return {
    release: compileSet(release.messages, ['messages']),
    rules: new Map(
      release.rules.flatMap((rule, position) =>
        rule.messages === undefined
          ? []
          : [[rule.id, compileSet(rule.messages, ['rules', position, 'messages'])] as const],
      ),
    ),
  };
}

/** The built-in texts as templates, by language and reason. */
export const DEFAULT_TEMPLATES: ReadonlyMap<string, ReadonlyMap<Reason, MessageTemplates>> = new Map(
  DEFAULT_LOCALES.map((locale) => [
    locale,
    new Map(
      REASONS.map((reason) => {
        const text = DEFAULT_MESSAGES[locale][reason];
        return [reason, { code: text.code, repeat: literal(text.repeat), ticket: literal(text.ticket) }];
      }),
    ),
  ]),
);

function literal(text: string): Template {
  return { texts: [text], variables: [] };
}

function compileText(
  text: MessageText,
  path: readonly (string | number)[],
  longest: Longest,
  issues: IssueList,
): MessageTemplates {
  if (text.code !== undefined && byteLength(text.code) > CODE_BYTES) {
    issues.add(
      [...path, 'code'],
      `code has ${byteLength(text.code)} bytes, at most ${CODE_BYTES} are allowed`,
    );
  }
  const compileOne = (display: Display): Template | null => {
    const source = text[display];
    return source === undefined
      ? null
      : compileTemplate(source, display, [...path, display], longest, issues);
  };
  return { code: text.code ?? null, repeat: compileOne('repeat'), ticket: compileOne('ticket') };
}

function compileTemplate(
  source: string,
  display: Display,
  path: readonly (string | number)[],
  longest: Longest,
  issues: IssueList,
): Template {
  const normalized = source.normalize('NFC');
  const texts: string[] = [];
  const variables: Variable[] = [];
  let end = 0;
  for (const match of normalized.matchAll(/\{[^{}]*\}/g)) {
    const variable = match[0].slice(1, -1);
    if (!isVariable(variable)) {
      issues.add(
        path,
        `unknown variable {${variable}}`,
        `known are ${VARIABLES.map((v) => `{${v}}`).join(', ')}`,
      );
      continue;
    }
    texts.push(normalized.slice(end, match.index));
    variables.push(variable);
    end = match.index + match[0].length;
  }
  texts.push(normalized.slice(end));
  const worst =
    texts.reduce((sum, text) => sum + displayLength(text), 0) +
    variables.reduce((sum, variable) => sum + longest[variable], 0);
  const limit = CHARACTER_LIMITS[display];
  if (worst > limit) {
    const how = variables.length === 0 ? 'has' : 'can reach';
    issues.add(
      path,
      `${display} text ${how} ${worst} characters, at most ${limit} are shown`,
      'FacePass would ignore the whole text',
    );
  }
  return { texts, variables };
}

function isVariable(text: string): text is Variable {
  return VARIABLES.some((known) => known === text);
}

/** The longest value every variable can take under this release. */
function longestValues(release: Release): Longest {
  const longestOf = (items: readonly { readonly id: string; readonly name?: string | undefined }[]): number =>
    items.reduce((longest, item) => Math.max(longest, displayLength(item.name ?? item.id)), 0);
  const digits = release.rules.reduce((most, { quota }) => Math.max(most, String(quota?.max ?? 0).length), 1);
  return {
    zone: longestOf(release.zones),
    site: longestOf(release.sites),
    date: '12/31'.length,
    time: '23:59'.length,
    remaining: digits,
    limit: digits,
  };
}
