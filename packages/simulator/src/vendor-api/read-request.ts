import { errorCodes, RequestFault } from './failures.ts';

/** Far above any request of the contract; a caller that sends more has lost its way. */
const maxBodyCharacters = 1_000_000;

/**
 * The body of a POST or the query of a GET.
 *
 * @throws RequestFault for anything but JSON
 */
export async function readRequest(request: Request, remark: (text: string) => void): Promise<unknown> {
  if (request.method === 'GET') return Object.fromEntries(new URL(request.url).searchParams);
  const text = await request.text();
  if (text.length > maxBodyCharacters) {
    throw new RequestFault(413, errorCodes.bodyTooLarge, `expected at most ${maxBodyCharacters} characters`);
  }
  const contentType = request.headers.get('content-type');
  if (contentType === null) remark('no content-type');
  else if (!/^application\/json\s*(;|$)/i.test(contentType)) {
    throw new RequestFault(415, errorCodes.unsupportedMediaType, 'expected application/json');
  }
  return text === '' ? {} : parseJson(text);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestFault(400, errorCodes.invalidRequest, 'body: expected JSON');
  }
}
