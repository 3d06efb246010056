/**
 * One run for all who ask while it lasts. Its own limits must not be those of any one asker, since all share its
 * fate; each waits for it under a limit of their own.
 */
export function createSingleFlight<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
