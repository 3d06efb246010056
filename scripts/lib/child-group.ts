/**
 * Child processes that die with us. Each child leads a process group of its own, so that stopping it stops
 * what it started (wrangler starts workerd and esbuild), and a Ctrl-C in the terminal reaches only us first.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** How long a group may take to end by itself before it is killed. */
const GRACE_MS = 5_000;
const POLL_MS = 50;

export interface ChildGroup {
  /** Resolves when the leader ended, with its exit code (null: by a signal). */
  readonly ended: Promise<number | null>;
  /** The last lines it printed, for an error message. */
  tail(): string;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line of its output. */
  readonly onLine?: (line: string) => void;
}

const TAIL_LINES = 40;
const running = new Set<ChildGroup>();

export function startChild(command: string, args: readonly string[], options: ChildOptions): ChildGroup {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      const parts = (rest + chunk).split(/\r?\n/);
      rest = parts.pop() ?? '';
      for (const line of parts) {
        lines.push(line);
        if (lines.length > TAIL_LINES) lines.shift();
        options.onLine?.(line);
      }
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code));
  });
  const group: ChildGroup = {
    ended,
    tail: () => lines.join('\n'),
    stop: () => stopGroup(child),
  };
  running.add(group);
  void ended.then(() => running.delete(group));
  return group;
}

/** Stops every group this process started. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((group) => group.stop()));
}

async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  signalGroup(child.pid, 'SIGTERM');
  const deadline = Date.now() + GRACE_MS;
  while (signalGroup(child.pid, 0) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  signalGroup(child.pid, 'SIGKILL');
}

/** Whether any process of the group was there to receive the signal. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
