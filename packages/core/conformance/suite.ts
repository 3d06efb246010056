/** Everything that must hold in every runtime; `test:runtimes` runs it in each, vitest in Node 24. */
import { answerCases } from './cases/answers.ts';
import { encryptionCases } from './cases/encryption.ts';
import { endpointCases } from './cases/endpoints.ts';
import { ergonomicsCases } from './cases/ergonomics.ts';
import { forwardCompatibilityCases } from './cases/forward-compatibility.ts';
import { listCases } from './cases/lists.ts';
import { redactionCases } from './cases/redaction.ts';
import { retryCases } from './cases/retries.ts';
import { tokenCases } from './cases/token.ts';
import { tokenStoreCases } from './cases/token-store.ts';
import type { PortableCase } from './portable-case.ts';

export const cases: readonly PortableCase[] = [
  ...endpointCases,
  ...retryCases,
  ...answerCases,
  ...tokenCases,
  ...tokenStoreCases,
  ...listCases,
  ...ergonomicsCases,
  ...encryptionCases,
  ...forwardCompatibilityCases,
  ...redactionCases,
];
