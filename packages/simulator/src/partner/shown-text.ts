import type { Display } from '../world/records.ts';

/** The guide's limits of a custom message: beyond them the default text is shown. */
const customMessageLimits: Readonly<Record<Display, number>> = { repeat: 19, ticket: 38 };

/** The guide's limit of a code. */
export const codeLimitBytes = 50;

export interface ShownText {
  readonly text: string;
  readonly source: 'customMessage' | 'code' | 'default';
}

/** What a device shows without a usable text from the partner. */
const defaultTexts = { opened: '입장이 확인되었습니다', denied: '입장할 수 없습니다' } as const;

/**
 * The text a device shows: the custom message where it fits, else the text stored for the code, else its own.
 *
 * The guide counts 자 without saying of what; UTF-16 units are the count that is never smaller than any other,
 * so what fits here fits everywhere.
 */
export function shownText(
  opened: boolean,
  display: Display,
  customMessage: string | null,
  code: string | null,
  codeTexts: Readonly<Record<string, string>>,
): ShownText {
  if (customMessage) {
    const fits = customMessage.length <= customMessageLimits[display];
    if (fits) return { text: customMessage, source: 'customMessage' };
  }
  const stored = customMessage || code === null ? undefined : codeTexts[code];
  if (stored !== undefined) return { text: stored, source: 'code' };
  return { text: opened ? defaultTexts.opened : defaultTexts.denied, source: 'default' };
}
