import { ImportError } from './import-error.ts';

/** Whole records of a file, as bytes, with the line on which the first one stands. */
export interface Piece {
  readonly firstLine: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Cuts a stream of bytes between records, without decoding it. */
export interface RecordCutter {
  /** The pieces that are complete with these bytes. */
  push(bytes: Uint8Array): Piece[];
  /** What is left at the end of the file. */
  end(): Piece[];
}

export type ImportFormat = 'csv' | 'ndjson';

/** Records of a piece: their sealed form is one parameter of one D1 statement. */
const PIECE_RECORDS = 1_000;
/** Bytes of a piece; sealed and encoded they stay far below the 2 MB of a D1 value. */
const PIECE_BYTES = 256 * 1024;
/** A member with everything at its limit has about 40 KB. A longer record is an open quote, or no such file. */
const RECORD_BYTES = 64 * 1024;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/**
 * Works on bytes: a quote, a comma and a line feed are never part of another character in UTF-8.
 * A quote opens a cell only where the cell begins (RFC 4180); anywhere else it is an ordinary character.
 */
export function createRecordCutter(format: ImportFormat): RecordCutter {
  let pending = new Uint8Array(0);
  let scanned = 0;
  let complete = 0;
  let records = 0;
  let line = 1;
  let firstLine = 1;
  let recordLine = 1;
  let quoted = false;
  let cellBegins = true;
  let begun = false;

  const take = (length: number): Piece => {
    const piece = { firstLine, bytes: pending.slice(0, length) };
    pending = pending.slice(length);
    scanned -= length;
    complete = 0;
    records = 0;
    firstLine = recordLine;
    return piece;
  };

  const scan = (pieces: Piece[]): void => {
    for (; scanned < pending.length; scanned++) {
      const byte = pending[scanned];
      if (byte === LINE_FEED) line += 1;
      if (format === 'csv' && byte === QUOTE && (quoted || cellBegins)) {
        quoted = !quoted;
        // After a closing quote only another one continues the cell: `""` is one quote of its text.
        cellBegins = !quoted;
      } else if (byte === LINE_FEED && !quoted) {
        complete = scanned + 1;
        recordLine = line;
        cellBegins = true;
        records += 1;
        if (records >= PIECE_RECORDS || complete >= PIECE_BYTES) {
          scanned += 1;
          pieces.push(take(complete));
          scanned -= 1;
        }
      } else if (!quoted) cellBegins = byte === COMMA || (cellBegins && byte === CARRIAGE_RETURN);
    }
    if (pending.length - complete > RECORD_BYTES) {
      throw new ImportError(
        quoted ? 'UNCLOSED_QUOTE' : 'RECORD_TOO_LONG',
        `A record begins on line ${recordLine} that does not end within ${RECORD_BYTES} bytes.`,
        recordLine,
      );
    }
  };

  return {
    push(bytes) {
      const joined = new Uint8Array(pending.length + bytes.length);
      joined.set(pending);
      joined.set(bytes, pending.length);
      pending = joined;
      if (!begun && pending.length < BYTE_ORDER_MARK.length) return [];
      if (!begun && BYTE_ORDER_MARK.every((byte, at) => pending[at] === byte)) {
        pending = pending.slice(BYTE_ORDER_MARK.length);
      }
      begun = true;
      const pieces: Piece[] = [];
      scan(pieces);
      return pieces;
    },
    end() {
      begun = true;
      const pieces: Piece[] = [];
      scan(pieces);
      if (quoted) {
        throw new ImportError(
          'UNCLOSED_QUOTE',
          `A quote is opened in the record of line ${recordLine} and never closed.`,
          recordLine,
        );
      }
      if (pending.length > 0) pieces.push(take(pending.length));
      return pieces;
    },
  };
}
