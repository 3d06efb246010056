/** Everything that must hold in every runtime; `test:runtimes` runs it in each, vitest in Node 24. */
import { base64Cases } from './cases/base64.ts';
import { discoveryCases } from './cases/discovery.ts';
import { failureCases } from './cases/failures.ts';
import { keyCases } from './cases/keys.ts';
import { schemeCases } from './cases/schemes.ts';
import type { PortableCase } from './portable-case.ts';

export const cases: readonly PortableCase[] = [
  ...schemeCases,
  ...failureCases,
  ...keyCases,
  ...discoveryCases,
  ...base64Cases,
];
