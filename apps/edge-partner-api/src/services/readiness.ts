import { type Bindings, lacksSite, type Settings } from '../env.ts';
import type { GuardPort } from '../store/guard-port.ts';
import { withinBudget } from './budget.ts';

export interface Readiness {
  /** Names of variables and bindings. */
  readonly missing: string[];
}

/** A dependency that takes longer than this would be too slow for a door as well. */
const CHECK_BUDGET_MS = 2_000;

/** Anybody may ask, and each look costs a call of KV, D1 and the guard. */
export const READINESS_MAX_AGE_MS = 5_000;

/** Whether a process lives is asked often, and must not wait for what it depends on. */
const HEAD_BUDGET_MS = 500;

/** The hash of the release in force; null where there is none, and where the guard does not answer at once. */
export async function releaseInForce(guard: GuardPort): Promise<{ readonly release: string | null }> {
  const head = await withinBudget(guard.head(), HEAD_BUDGET_MS).catch(() => null);
  return { release: head?.hash ?? null };
}

/** Asks every dependency of a door once, and names those that are missing. */
export async function checkReadiness(
  env: Bindings,
  settings: Settings,
  guard: GuardPort,
): Promise<Readiness> {
  const missing: string[] = (['PEPPER', 'DATA_KEYS'] as const).filter((name) => settings[name] === undefined);
  const callers = [
    settings.PARTNER_TOKENS,
    settings.PARTNER_ADDRESSES,
    settings.PARTNER_CERTIFICATES,
    settings.PARTNER_JWT,
  ];
  if (callers.every((way) => way === undefined)) missing.push('PARTNER_TOKENS');
  if (lacksSite(settings)) missing.push('SITE_FROM');
  const attempt = async <T>(name: string, ask: () => Promise<T>): Promise<T | null> => {
    try {
      return await withinBudget(ask(), CHECK_BUDGET_MS);
    } catch {
      missing.push(name);
      return null;
    }
  };
  const [, , head] = await Promise.all([
    attempt('RULES', () => env.RULES.get('readiness')),
    attempt('DB', () => env.DB.prepare('SELECT 1 FROM members LIMIT 1').first()),
    attempt('GUARD', () => guard.head()),
  ]);
  if (head === null && !missing.includes('GUARD')) missing.push('release');
  return { missing };
}
