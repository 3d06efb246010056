import { DAY_MS, MINUTE_MS, timeOfMinute } from './civil-time.ts';
import type { CompiledRelease, MessageTemplates } from './compile/compiled.ts';
import { DEFAULT_TEMPLATES, type Template, type Variable } from './compile/messages.ts';
import { COUNT_MAX } from './count-limit.ts';
import type { Display } from './display-limits.ts';
import type { Reason } from './reasons.ts';
import { localMsAt } from './time-zone.ts';

/** What the texts of an answer depend on; a `Verdict` and a `Decision` both have it. */
export interface Outcome {
  readonly reason: Reason;
  readonly atMs: number;
  readonly siteId: string | null;
  readonly zoneId: string | null;
  readonly ruleIds: readonly string[];
  readonly locale: string;
  /** Entries left after this one, where a quota counts them. */
  readonly remaining?: number | null;
  readonly limit?: number | null;
}

/** The texts of an access-permission answer (guide, access permission API), all within their limits. */
export interface AnswerTexts {
  /** Shown as it is; null leaves the text to FacePass, which looks it up by `code`. */
  readonly customMessage: string | null;
  readonly message: string | null;
  readonly code: string | null;
}

const FALLBACK_LOCALE = 'ko';

/**
 * The texts for an outcome: the deciding rule's own, else the release's, else the built-in ones, in the first
 * language of member, site, Korean that has any. A message with a code and no text for the display leaves the
 * text to FacePass.
 */
export function renderMessage(compiled: CompiledRelease, outcome: Outcome): AnswerTexts {
  const site = outcome.siteId === null ? undefined : compiled.sites.get(outcome.siteId);
  const zone = outcome.zoneId === null ? undefined : compiled.zones.byId.get(outcome.zoneId);
  const display: Display = zone?.display ?? site?.site.display ?? 'repeat';
  const values: Partial<Record<Variable, string>> = {};
  if (zone !== undefined) values.zone = zone.label.normalize('NFC');
  if (site !== undefined) {
    const localMs = localMsAt(site.zone, outcome.atMs);
    const local = new Date(localMs);
    values.site = (site.site.name ?? site.id).normalize('NFC');
    values.date = `${local.getUTCMonth() + 1}/${local.getUTCDate()}`;
    values.time = timeOfMinute(Math.floor((((localMs % DAY_MS) + DAY_MS) % DAY_MS) / MINUTE_MS));
  }
  if (isCount(outcome.remaining)) values.remaining = String(outcome.remaining);
  if (isCount(outcome.limit)) values.limit = String(outcome.limit);

  const locales = new Set([
    outcome.locale,
    outcome.locale.split('-')[0] ?? outcome.locale,
    site?.site.locale ?? FALLBACK_LOCALE,
    FALLBACK_LOCALE,
  ]);
  for (const locale of locales) {
    const fallback = DEFAULT_TEMPLATES.get(locale)?.get(outcome.reason);
    for (const templates of candidates(compiled, outcome, locale, fallback)) {
      const text = fill(templates[display], values);
      if (text === undefined && templates.code === null) continue;
      const code = templates.code ?? fallback?.code ?? defaultCode(outcome.reason);
      const full = fill(templates.ticket, values) ?? fill(fallback?.ticket ?? null, values) ?? text;
      return { customMessage: text ?? null, message: full ?? null, code };
    }
  }
  return { customMessage: null, message: null, code: defaultCode(outcome.reason) };
}

/** The messages that could be shown in one language, strongest first. */
function candidates(
  compiled: CompiledRelease,
  { ruleIds, reason }: Outcome,
  locale: string,
  fallback: MessageTemplates | undefined,
): MessageTemplates[] {
  const ofRules = ruleIds.flatMap((id) => compiled.texts.rules.get(id)?.get(locale)?.get(reason) ?? []);
  const ofRelease = compiled.texts.release.get(locale)?.get(reason);
  return [
    ...ofRules,
    ...(ofRelease === undefined ? [] : [ofRelease]),
    ...(fallback === undefined ? [] : [fallback]),
  ];
}

/** A number that published texts have room for. */
function isCount(value: number | null | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= COUNT_MAX;
}

function defaultCode(reason: Reason): string | null {
  return DEFAULT_TEMPLATES.get(FALLBACK_LOCALE)?.get(reason)?.code ?? null;
}

/** The text with its variables filled in; undefined where there is no text, or one that needs an unknown value. */
function fill(template: Template | null, values: Partial<Record<Variable, string>>): string | undefined {
  if (template === null) return undefined;
  let text = template.texts[0] ?? '';
  for (const [position, variable] of template.variables.entries()) {
    const value = values[variable];
    if (value === undefined) return undefined;
    text += value + (template.texts[position + 1] ?? '');
  }
  return text;
}
