import { boundedText } from './bounded-text.ts';
import type { AppContext } from './context.ts';
import { Refusal } from './refusal.ts';

/** A question or an envelope of FacePass is below 10 KB; this leaves room for what the guide may add. */
export const PARTNER_BODY_MAX_BYTES = 64 * 1024;
/** A release of thousands of rules, or the 500 members of one upsert. */
export const ADMIN_BODY_MAX_BYTES = 1024 * 1024;
/** Nothing in the contract nests deeper than `params`; validation recurses, so depth is bounded first. */
const MAX_JSON_DEPTH = 32;

/** Takes the body as text. @throws Refusal for one that is too large, not JSON, or nested too deeply. */
export async function takeJsonBody(c: AppContext, maxBytes: number): Promise<void> {
  const { method, raw } = c.req;
  if (method === 'GET' || method === 'HEAD') return;
  const length = c.req.header('content-length');
  // HTTP clients send an empty body as a stream of length zero, and with it no content type.
  if (length === '0' || (length === undefined && raw.body === null)) return;
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(maxBytes);
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(c.req.header('content-type') ?? '')) {
    throw new Refusal(415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be application/json.');
  }
  // With a length the server reads no further than that (RFC 9112 §6.2); without one we count.
  const text = length === undefined ? await boundedText(raw.body, maxBytes) : await raw.text();
  if (text === null) throw tooLarge(maxBytes);
  if (jsonDepth(text) > MAX_JSON_DEPTH) {
    throw new Refusal(400, 'JSON_TOO_DEEP', `JSON may nest at most ${MAX_JSON_DEPTH} levels here.`);
  }
  c.set('bodyText', text);
}

/**
 * @throws Refusal for text that was not UTF-8: what could not be read stands in it as one and the same character, and
 *   people whose keys were told apart by it would be one.
 */
export function refuseDamaged(c: AppContext): void {
  if (c.get('bodyText')?.includes('\ufffd')) {
    throw new Refusal(
      400,
      'NOT_UTF8',
      'The body must be UTF-8; U+FFFD, were it meant, is written as \\ufffd.',
    );
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'BODY_TOO_LARGE', `The body may have at most ${maxBytes} bytes.`);
}

/** The deepest nesting of brackets outside of strings; what is not JSON at all is found by the parser. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  // By code unit: a text of its own for every character would cost more than parsing.
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (inString) {
      if (unit === BACKSLASH) i++;
      else if (unit === QUOTE) inString = false;
    } else if (unit === QUOTE) inString = true;
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (unit === CLOSE_BRACE || unit === CLOSE_BRACKET) depth--;
  }
  return deepest;
}

const [BACKSLASH, QUOTE, OPEN_BRACE, OPEN_BRACKET, CLOSE_BRACE, CLOSE_BRACKET] = Array.from(
  '\\"{[}]',
  (character) => character.charCodeAt(0),
);
