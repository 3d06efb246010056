import { describe, expect, it } from 'vitest';
import { readBody } from './read-body.ts';

const context = { endpoint: 'POST /api/v1/merchant/face-verify-history', attempts: 1 };

/** Half a megabyte, of which no piece is read at a boundary between characters for long. */
const long = JSON.stringify(Array.from({ length: 40_000 }, (_, index) => `홍길동 ${index}`));

/** Pieces of a stream that is not one of bytes, as somebody may give whose `fetch` is their own. */
function byHand(text: string): Response {
  const bytes = new TextEncoder().encode(text);
  let from = 0;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (from >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(from, from + 1_000));
      from += 1_000;
    },
  });
  return new Response(stream);
}

describe('a body', () => {
  it.each([
    ['of the platform', (text: string) => new Response(text)],
    ['made by hand', byHand],
  ])('%s is read whole, and up to the limit only', async (_what, respond) => {
    const size = new TextEncoder().encode(long).length;
    expect(await readBody(respond(long), size, context)).toEqual({ text: long, bytes: size });
    expect(await readBody(respond('{}'), 2, context)).toEqual({ text: '{}', bytes: 2 });
    expect(await readBody(respond(''), 2, context)).toEqual({ text: '', bytes: 0 });
    await expect(readBody(respond(long), size - 1, context)).rejects.toMatchObject({ problem: 'too_large' });
  });

  it('that is not UTF-8 is not read as if it were', async () => {
    const response = new Response(new Uint8Array([0x7b, 0xff, 0x7d]));
    await expect(readBody(response, 10, context)).rejects.toMatchObject({ problem: 'not_json' });
  });
});
