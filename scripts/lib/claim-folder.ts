import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from './package-runner.ts';

export type Claim =
  | { readonly claimed: true; readonly release: () => Promise<void> }
  | { readonly claimed: false; readonly holder: number };

/** Takes a folder for this process alone; a claim whose process is gone counts for nothing. */
export function claimFolder(folder: string): Claim {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'dev.pid');
  const holder = holderOf(file);
  if (holder !== undefined && holder !== process.pid && isAlive(holder)) return { claimed: false, holder };
  writeFileSync(file, String(process.pid));
  return { claimed: true, release: async () => rmSync(file, { force: true }) };
}

function holderOf(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
