import { readdirSync, readFileSync } from 'node:fs';

/**
 * Milliseconds that the Workers runtime which this process started has spent on processors so far, all its threads
 * together; `NaN` where the system does not tell (elsewhere than on Linux). The clock on the wall counts what else a
 * busy machine does; this does not.
 */
export function runtimeCpuMs(): number {
  try {
    const threads = readdirSync('/proc')
      .filter(isRuntimeOfThisProcess)
      .flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`));
    if (threads.length === 0) return Number.NaN;
    return threads.reduce((sum, thread) => sum + onProcessorMs(thread), 0);
  } catch {
    return Number.NaN;
  }
}

function isRuntimeOfThisProcess(name: string): boolean {
  if (!/^\d+$/.test(name)) return false;
  try {
    // `pid (name) state parent …`, see proc(5).
    const [, command, , parent] =
      /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8')) ?? [];
    return command === 'workerd' && parent === String(process.pid);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** The first number of `schedstat`: nanoseconds spent running. A thread that ends takes its few along. */
function onProcessorMs(thread: string): number {
  try {
    return Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}
