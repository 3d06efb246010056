import type { ClientCore } from './client-core.ts';

/** Tells of rows that could not be read, so that nobody misses them who only iterates. */
export function tellQuarantined(
  { emit, runtime }: Pick<ClientCore, 'emit' | 'runtime'>,
  endpoint: { readonly method: string; readonly path: string },
): (paths: readonly string[]) => void {
  return (paths) => {
    if (paths.length === 0) return;
    emit({
      type: 'rows_quarantined',
      atMs: runtime.now(),
      endpoint: `${endpoint.method} ${endpoint.path}`,
      paths,
    });
  };
}
