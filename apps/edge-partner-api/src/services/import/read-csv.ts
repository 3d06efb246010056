export interface CsvRow {
  /** The line on which the row begins, from 1. */
  readonly line: number;
  readonly cells: readonly string[];
  /** A quote stands where none may: what the row says cannot be known. */
  readonly malformed: boolean;
}

/** Reads RFC 4180: quoted cells, doubled quotes, line breaks in quotes, LF or CRLF. Blank lines are left out. */
export function* readCsv(text: string, firstLine: number): Generator<CsvRow> {
  const stop = /[,\n]|$/g;
  const cellEnd = (from: number): number => {
    stop.lastIndex = from;
    return stop.exec(text)?.index ?? text.length;
  };
  let line = firstLine;
  let at = 0;
  while (at < text.length) {
    const cells: string[] = [];
    const begins = line;
    let malformed = false;
    for (let more = true; more; ) {
      let cell = '';
      if (text[at] === '"') {
        for (let inside = true; inside; ) {
          const close = text.indexOf('"', at + 1);
          if (close < 0) malformed = true;
          const end = close < 0 ? text.length : close;
          cell += text.slice(at + 1, end);
          at = end + 1;
          inside = text[at] === '"';
          if (inside) cell += '"';
        }
        line += cell.split('\n').length - 1;
        const end = cellEnd(at);
        if (text.slice(at, end).trim() !== '') malformed = true;
        at = end;
      } else {
        const end = cellEnd(at);
        cell = text.slice(at, end);
        if (text[end] !== ',') cell = cell.replace(/\r$/, '');
        if (cell.includes('"')) malformed = true;
        at = end;
      }
      cells.push(cell);
      more = text[at] === ',';
      at += 1;
    }
    line += 1;
    if (cells.length > 1 || cells[0] !== '') yield { line: begins, cells, malformed };
  }
}
