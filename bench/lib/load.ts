import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';

/** One request of a load: where, and the whole body. */
export interface Shot {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Volley {
  readonly perSecond: number;
  /** Milliseconds from sending to the last byte of the answer, one a request. */
  readonly latencies: readonly number[];
}

/** Fires shots over kept connections, `atOnce` under way at any time. @throws where one is not answered as hoped. */
export async function fire(
  shots: readonly Shot[],
  { agent, atOnce, expected }: { agent: Agent; atOnce: number; expected: (answer: string) => boolean },
): Promise<Volley> {
  const latencies: number[] = [];
  let next = 0;
  const start = performance.now();
  const worker = async (): Promise<void> => {
    for (let shot = shots[next++]; shot !== undefined; shot = shots[next++]) {
      const sent = performance.now();
      const answer = await send(shot, agent);
      latencies.push(performance.now() - sent);
      if (!expected(answer)) throw new Error(`unexpected answer: ${answer.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { perSecond: (shots.length * 1_000) / (performance.now() - start), latencies };
}

export function keptConnections(atOnce: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: atOnce });
}

function send({ url, headers, body }: Shot, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.on('end', () => resolve(text));
        answer.on('error', reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The value below which `share` of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
