/** The wall clock of a request, as FacePass writes it. */
function instant(text: unknown): number {
  return Date.parse(`${String(text).replace(' ', 'T')}+09:00`);
}

/** The range that a request for a history asks for; null for any other request. */
export async function askedRange(request: Request): Promise<{ fromMs: number; toMs: number } | null> {
  if (!/face-(verify|register)-history$/.test(request.url)) return null;
  const { startTs, endTs } = (await request.clone().json()) as { startTs: string; endTs: string }; // our own request
  return { fromMs: instant(startTs), toMs: instant(endTs) };
}

/** A FacePass that refuses whatever reaches into a stretch of its history. */
export function refusingWithin(
  hole: { readonly fromMs: number; readonly toMs: number },
  fetch: (request: Request) => Promise<Response>,
  refusal: () => Response = () =>
    Response.json({ resultType: 'FAIL', error: { errorCode: 'BROKEN_RANGE', reason: 'x' } }),
): (request: Request) => Promise<Response> {
  return async (request) => {
    const asked = await askedRange(request);
    // The client asks for a second more on either side.
    const reaches = asked !== null && asked.fromMs < hole.toMs - 1_000 && asked.toMs > hole.fromMs + 1_000;
    return reaches ? refusal() : await fetch(request);
  };
}
