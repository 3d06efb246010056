import { median } from './interleave.ts';

/** Watches how much heap a Worker has in use while it works, through the runtime's inspector. */
export interface HeapWatch {
  /**
   * Ends the watch. `usedMb`: what was in use right after collections, in megabytes of 2^20 bytes; the median of so many
   * `looks`, since the Worker goes on between a collection and the look, and what it makes then is counted.
   *
   * A Worker that never waits for anything outside of its process is not looked into until it ends, and what it left to
   * be collected by then is counted too: have it wait now and then.
   */
  end(): Promise<{ usedMb: number; looks: number }>;
}

/** What is collectable is no use of memory: a collection precedes every look, and looks are this far apart. */
const LOOK_EVERY_MS = 100;
const MB = 2 ** 20;

/** @param inspector Miniflare's inspector address; @param worker the name of the Worker. */
export async function watchHeap(inspector: URL, worker: string): Promise<HeapWatch> {
  const list = new URL('/json', inspector);
  list.protocol = 'http:';
  // The inspector's own list of targets.
  const targets = (await (await fetch(list)).json()) as { id: string; webSocketDebuggerUrl: string }[];
  const target = targets.find(({ id }) => id.includes(worker));
  if (target === undefined) throw new Error(`the inspector knows no Worker called ${worker}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));

  const closed = new Promise<void>((resolve) => {
    socket.addEventListener('close', () => resolve(), { once: true });
  });

  let calls = 0;
  const call = (method: string): Promise<{ usedSize?: number }> => {
    const id = ++calls;
    socket.send(JSON.stringify({ id, method }));
    return new Promise((resolve) => {
      // A Worker that has nothing to do may answer no more: the end of the watch ends the wait as well.
      closed.then(() => resolve({}));
      socket.addEventListener('message', function answer({ data }) {
        // The inspector's answer to this call, or something about another.
        const message = JSON.parse(String(data)) as { id?: number; result?: { usedSize?: number } };
        if (message.id !== id) return;
        socket.removeEventListener('message', answer);
        resolve(message.result ?? {});
      });
    });
  };

  const looks: number[] = [];
  const look = async (): Promise<void> => {
    await call('HeapProfiler.collectGarbage');
    const { usedSize } = await call('Runtime.getHeapUsage');
    if (usedSize !== undefined) looks.push(usedSize);
  };
  let isWatching = true;
  const watching = (async () => {
    while (isWatching) {
      await look();
      if (!isWatching) break;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  return {
    async end() {
      isWatching = false;
      socket.close();
      await watching;
      return { usedMb: median(looks) / MB, looks: looks.length };
    },
  };
}
