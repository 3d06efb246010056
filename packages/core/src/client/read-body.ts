import { type FacePassErrorContext, FacePassProtocolError } from '../errors.ts';

/** Room for what is read at once: most answers are small, and a page of history is hundreds of kilobytes. */
const FIRST_ROOM = 4_096;
const LARGEST_ROOM = 262_144;

/**
 * Reads a body up to `maxBytes`.
 *
 * @throws FacePassProtocolError `too_large` beyond it, `truncated` when the connection ended midway, `not_json`
 * when it is not UTF-8.
 */
export async function readBody(
  response: Response,
  maxBytes: number,
  context: FacePassErrorContext,
): Promise<{ readonly text: string; readonly bytes: number }> {
  if (response.body === null) return { text: '', bytes: 0 };
  const reader = readerOf(response.body);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new FacePassProtocolError({ problem: 'truncated' }, context);
    });
    if (done || value === undefined) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new FacePassProtocolError({ problem: 'too_large' }, context);
    }
    chunks.push(value);
  }
  return { text: decode(chunks, size, context), bytes: size };
}

interface BodyReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** A runtime that is left to choose may give 4 KB at a time, each at the price of a turn: so the room is ours. */
function readerOf(body: ReadableStream<Uint8Array>): BodyReader {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: 'byob' });
  } catch {
    // Not a stream of bytes: one somebody made by hand.
    return body.getReader();
  }
  let room = FIRST_ROOM;
  return {
    read() {
      const chunk = new Uint8Array(room);
      room = Math.min(room * 4, LARGEST_ROOM);
      return reader.read(chunk);
    },
    cancel: () => reader.cancel(),
  };
}

function decode(chunks: readonly Uint8Array[], size: number, context: FacePassErrorContext): string {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new FacePassProtocolError({ problem: 'not_json' }, context);
  }
}
