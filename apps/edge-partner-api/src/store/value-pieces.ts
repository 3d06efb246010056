/** Of 2 MB that a value may have in D1 and in the storage of a Durable Object: with room for what is wrapped around it. */
const PIECE_BYTES = 1_000_000;

const encoder = new TextEncoder();

/** Rows in their order, in pieces whose JSON fits into one value. No row is nearly as large. */
export function valuePieces<T extends object>(rows: readonly T[]): T[][] {
  const pieces: T[][] = [];
  let left = 0;
  for (const row of rows) {
    const { byteLength } = encoder.encode(JSON.stringify(row));
    if (byteLength > left) {
      pieces.push([]);
      left = PIECE_BYTES;
    }
    left -= byteLength;
    pieces.at(-1)?.push(row);
  }
  return pieces;
}
