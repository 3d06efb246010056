import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** npx, pnpm and a shell between them are four at most; the rest is the person's own shell and terminal. */
const MAX_ANCESTORS = 8;

/**
 * The processes between this script and the command a person typed: `npx … pnpm dev` is npx, which runs pnpm,
 * which runs us. They do not pass signals on, so we have to look whether they are still there. The shell or
 * supervisor above them may end while we go on, and is not among them.
 */
export function packageRunners(): number[] {
  const runners: number[] = [];
  let seen: number[] = [];
  let pid = process.ppid;
  for (let i = 0; i < MAX_ANCESTORS && pid > 1; i++) {
    const found = lookUp(pid);
    if (found === undefined) break;
    seen.push(pid);
    if (isRunner(found.command)) {
      runners.push(...seen);
      seen = [];
    }
    pid = found.parent;
  }
  return runners;
}

/** Whether npm started us and was killed before we could look: what it started then runs for nobody. */
export function isOrphan(runners: readonly number[]): boolean {
  if (process.env['npm_config_npm_version'] === undefined) return false;
  return !runners.some((pid) => isNpm(lookUp(pid)?.command ?? ''));
}

/** A killed process that nobody has asked after yet (a zombie) is not alive. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return stateOf(pid) !== 'Z';
  } catch {
    return false;
  }
}

function stateOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
  } catch {
    return undefined;
  }
}

function isNpm(command: string): boolean {
  return /(^|[\s/])(npx|npm)(-cli)?(\.c?js)?(\s|$)/.test(command);
}

function isRunner(command: string): boolean {
  return /(^|[\s/])(npx|npm|pnpm|pnpx)(-cli)?(\.c?js)?(\s|@|$)/.test(command) || /\/_npx\//.test(command);
}

function lookUp(pid: number): { parent: number; command: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks; the parent is the second field after it.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return { parent, command };
  } catch {
    return lookUpWithPs(pid);
  }
}

/** Where there is no /proc (macOS). */
function lookUpWithPs(pid: number): { parent: number; command: string } | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const match = /^(\d+)\s+(.*)$/s.exec(line);
    return match === null ? undefined : { parent: Number(match[1]), command: match[2] ?? '' };
  } catch {
    return undefined;
  }
}
