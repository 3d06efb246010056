import { ImportError } from './import-error.ts';
import type { Piece } from './record-cutter.ts';

const LINE_FEED = 10;

/** The text of a piece. @throws ImportError `NOT_UTF8` with the line, and what the file seems to be instead */
export function decodePiece({ bytes, firstLine }: Piece): string {
  if (decodes('utf-8', bytes)) return new TextDecoder().decode(bytes);
  let line = firstLine;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, from);
    const next = end < 0 ? bytes.length : end + 1;
    if (!decodes('utf-8', bytes.subarray(from, next))) break;
    from = next;
  }
  throw new ImportError('NOT_UTF8', `Line ${line} is not UTF-8. ${advice(bytes)}`, line);
}

function advice(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return 'The file is UTF-16: save it as "CSV UTF-8".';
  }
  return decodes('euc-kr', bytes)
    ? 'It reads as EUC-KR (CP949), as Excel saves "CSV": choose "CSV UTF-8".'
    : 'Save the file as UTF-8.';
}

function decodes(encoding: string, bytes: Uint8Array): boolean {
  try {
    new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
