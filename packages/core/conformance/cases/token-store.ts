import { createMemoryTokenStore } from '../../src/client.ts';
import { tokenStoreContract } from '../../src/testing.ts';
import type { PortableCase } from '../portable-case.ts';

export const tokenStoreCases: readonly PortableCase[] = tokenStoreContract.map(({ name, run }) => ({
  group: 'token store in memory',
  name,
  run: () => run(createMemoryTokenStore),
}));
