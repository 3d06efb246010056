/**
 * What a FacePass device shows of our answer (guide, access permission API): a `customMessage` beyond the
 * limit of the display's mode is ignored and FacePass's own default appears, so we refuse a text that could
 * overflow when it is published, and never cut one at the door.
 */
export const REPEAT_CHARACTERS = 19;
export const TICKET_CHARACTERS = 38;
/** `code` selects a text stored at FacePass; at most this many bytes (UTF-8). */
export const CODE_BYTES = 50;

export type Display = 'repeat' | 'ticket';

export const CHARACTER_LIMITS: Record<Display, number> = {
  repeat: REPEAT_CHARACTERS,
  ticket: TICKET_CHARACTERS,
};

const segmenter = new Intl.Segmenter('ko', { granularity: 'grapheme' });
const encoder = new TextEncoder();

/**
 * How long a text is at a display. The guide counts "characters" and does not say which: we take the larger of
 * graphemes and UTF-16 code units after NFC, so that a text within the limit is within it by either count.
 */
export function displayLength(text: string): number {
  const normalized = text.normalize('NFC');
  let graphemes = 0;
  for (const _ of segmenter.segment(normalized)) graphemes += 1;
  return Math.max(graphemes, normalized.length);
}

export function byteLength(text: string): number {
  return encoder.encode(text).byteLength;
}
