import type { CompiledRelease, Decision } from '../src/index.ts';
import { MemoryGuard } from '../src/memory-guard.ts';
import { member, seoul } from './venue.ts';

export const noon = seoul('2026-12-04 12:00');
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;

/** Lets people walk: `walk('a', 'in', 0)` is a at the door in, at noon. */
export function visit(compiled: CompiledRelease) {
  const guard = new MemoryGuard();
  const walk = (key: string, door: 'in' | 'out', afterMs: number, groups = ['members']): Decision =>
    guard.ask(
      compiled,
      member({ merchantUserKey: key, groups }),
      { merchantUserKey: key, params: { door } },
      noon + afterMs,
    );
  const reason = (...args: Parameters<typeof walk>): string => walk(...args).reason;
  return { guard, walk, reason };
}
