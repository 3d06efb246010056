import { type FacePassErrorContext, FacePassProtocolError } from '../errors.ts';

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
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new FacePassProtocolError({ problem: 'truncated' }, context);
    });
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel().catch(() => undefined);
      throw new FacePassProtocolError({ problem: 'too_large' }, context);
    }
    chunks.push(value);
  }
  return { text: decode(chunks, size, context), bytes: size };
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
