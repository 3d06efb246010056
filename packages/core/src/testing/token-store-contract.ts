import { hashToken, REFUSED_REMEMBERED, type StoredToken, type TokenStore } from '../client/token-store.ts';

/** One promise of a contract: `run` throws where the implementation breaks it. */
export interface ContractCase<Subject> {
  /** A sentence, unique within the contract. */
  readonly name: string;
  /** @param create makes a fresh, empty implementation each time it is called. */
  run(create: () => Subject | Promise<Subject>): Promise<void>;
}

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const later = Date.UTC(2040, 0, 1);
const token = (accessToken: string, expiresAtMs = later): StoredToken => ({
  accessToken,
  issuedAtMs: expiresAtMs - 3_600_000,
  expiresAtMs,
});

function expectToken(actual: StoredToken | undefined, expected: StoredToken | undefined): void {
  const same =
    actual?.accessToken === expected?.accessToken &&
    actual?.expiresAtMs === expected?.expiresAtMs &&
    actual?.issuedAtMs === expected?.issuedAtMs;
  if (same) return;
  const told = (one: StoredToken | undefined) => (one === undefined ? 'no token' : 'a token');
  throw new Error(`Expected ${told(expected)} as written, got ${told(actual)} that differs.`);
}

/**
 * What the client relies on in a {@link TokenStore}. Free of any test framework:
 *
 * @example
 * describe.each(tokenStoreContract)('$name', ({ run }) => it('holds', () => run(createMyStore)));
 */
export const tokenStoreContract: readonly ContractCase<TokenStore>[] = [
  {
    name: 'an empty store gives nothing',
    async run(create) {
      expectToken(await (await create()).read(A), undefined);
    },
  },
  {
    name: 'what was written is read, whatever is in it',
    async run(create) {
      const store = await create();
      for (const text of ['plain', 'eyJ.한글-✓.=+/', 'x'.repeat(8192)]) {
        await store.write(A, token(text));
        expectToken(await store.read(A), token(text));
      }
    },
  },
  {
    name: 'a token without a time of issue stays without one',
    async run(create) {
      const store = await create();
      await store.write(A, { accessToken: 't', expiresAtMs: later });
      expectToken(await store.read(A), { accessToken: 't', expiresAtMs: later });
    },
  },
  {
    name: 'the last write counts',
    async run(create) {
      const store = await create();
      await store.write(A, token('first'));
      await store.write(A, token('second'));
      expectToken(await store.read(A), token('second'));
    },
  },
  {
    name: 'keys are kept apart, refusals too',
    async run(create) {
      const store = await create();
      await store.write(A, token('shared'));
      await store.write(B, token('shared'));
      await store.refuse(A, await hashToken('shared'));
      expectToken(await store.read(A), undefined);
      expectToken(await store.read(B), token('shared'));
    },
  },
  {
    name: 'a refused token is not read again',
    async run(create) {
      const store = await create();
      await store.write(A, token('refused'));
      await store.refuse(A, await hashToken('refused'));
      expectToken(await store.read(A), undefined);
    },
  },
  {
    name: 'a refused token is not read again even when a slow writer writes it once more',
    async run(create) {
      const store = await create();
      await store.refuse(A, await hashToken('refused'));
      await store.write(A, token('refused'));
      expectToken(await store.read(A), undefined);
    },
  },
  {
    name: 'a slow writer of a refused token does not push out its successor',
    async run(create) {
      const store = await create();
      await store.write(A, token('refused'));
      await store.refuse(A, await hashToken('refused'));
      await store.write(A, token('good'));
      await store.write(A, token('refused'));
      expectToken(await store.read(A), token('good'));
    },
  },
  {
    name: 'refusing one token leaves another',
    async run(create) {
      const store = await create();
      await store.write(A, token('good'));
      await store.refuse(A, await hashToken('older'));
      expectToken(await store.read(A), token('good'));
    },
  },
  {
    name: 'refusing an old token while a new one is written leaves the new one',
    async run(create) {
      const store = await create();
      await store.write(A, token('old'));
      await Promise.all([store.refuse(A, await hashToken('old')), store.write(A, token('new'))]);
      expectToken(await store.read(A), token('new'));
    },
  },
  {
    name: 'several refusals are remembered',
    async run(create) {
      const store = await create();
      const names = Array.from({ length: REFUSED_REMEMBERED }, (_, index) => `refused-${index}`);
      for (const name of names) await store.refuse(A, await hashToken(name));
      for (const name of names) {
        await store.write(A, token(name));
        expectToken(await store.read(A), undefined);
      }
    },
  },
];
