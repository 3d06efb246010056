import type { Log } from '../log.ts';

/** Attempts that were not done before somebody should look; and again after as many more. */
const ATTEMPTS_PER_ALERT = 5;

/** Raises an alarm when a face will not go, whatever FacePass says to it. */
export function tellIfStuck(log: Log, attempts: number, answer: string): void {
  if (attempts > 0 && attempts % ATTEMPTS_PER_ALERT === 0) {
    log.alert('leavers.not_unregistered', { attempts, answer });
  }
}
