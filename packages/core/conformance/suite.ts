/** Everything that must hold in every runtime; `test:runtimes` runs it in each, vitest in Node 24. */
import { endpointCases } from './cases/endpoints.ts';
import { retryCases } from './cases/retries.ts';
import type { PortableCase } from './portable-case.ts';

export const cases: readonly PortableCase[] = [...endpointCases, ...retryCases];
