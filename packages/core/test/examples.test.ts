import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const repository = join(root, '../..');
const reference = readFileSync(join(repository, 'docs/reference/client.md'), 'utf8');

/** What an example may use without saying where it comes from: this package, vitest, and the reader's own program. */
const ambient = `
type Core = typeof import('@facepass-kit/core');
declare const createFacePassClient: Core['createFacePassClient'];
declare const createSdkTokenClient: Core['createSdkTokenClient'];
declare const merchantUserKey: Core['merchantUserKey'];
declare const parseVendorTimestamp: Core['parseVendorTimestamp'];
declare const formatVendorTimestamp: Core['formatVendorTimestamp'];
declare const resultEnvelope: Core['resultEnvelope'];
declare const verifyTokenSuccess: Core['verifyTokenSuccess'];
type Middleware = import('@facepass-kit/core').Middleware;
declare const tokenStoreContract: (typeof import('@facepass-kit/core/testing'))['tokenStoreContract'];
declare const createVirtualClock: (typeof import('@facepass-kit/core/testing'))['createVirtualClock'];
declare const z: typeof import('zod');
declare const describe: (typeof import('vitest'))['describe'];
declare const it: (typeof import('vitest'))['it'];

declare const clientId: string, clientSecret: string, body: unknown;
declare const client: import('@facepass-kit/core').FacePassClient;
declare const options: import('@facepass-kit/core').FacePassClientOptions;
declare const range: import('@facepass-kit/core').TimeRange;
declare const saved: import('@facepass-kit/core').WalkState | undefined;
declare function save(...what: unknown[]): Promise<void>;
declare function use(...what: unknown[]): void;
declare function handToApp(token: string): void;
declare function count(...what: unknown[]): void;
declare function configure(what: unknown): void;
declare function currentTraceparent(): string;
declare function createMyStore(): import('@facepass-kit/core').TokenStore;
declare function traceFacePass(): {
  onEvent: import('@facepass-kit/core').EventListener;
  middleware: import('@facepass-kit/core').Middleware;
};
`;

interface Example {
  readonly from: string;
  readonly code: string;
}

function docstringExamples(): Example[] {
  return globSync('src/**/*.ts', { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const comments = [...text.matchAll(/\/\*\*([\s\S]*?)\*\//g)].map(([, comment = '']) => comment);
    return comments.flatMap((comment) => {
      const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''));
      const start = lines.findIndex((line) => line.startsWith('@example'));
      return start < 0 ? [] : [{ from: file, code: lines.slice(start + 1).join('\n') }];
    });
  });
}

const referenceExamples = (): Example[] =>
  [...reference.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => ({ from: 'client.md', code }));

describe('examples', () => {
  const all = [...docstringExamples(), ...referenceExamples()];

  it('are there, for every resource and every subject of the reference', () => {
    expect(all.length).toBeGreaterThan(15);
  });

  it('compile', { timeout: 120_000 }, () => {
    const folder = mkdtempSync(join(root, '.examples-'));
    try {
      for (const [index, example] of all.entries()) {
        const name = `${String(index).padStart(2, '0')}-${example.from.replaceAll('/', '-')}.ts`;
        writeFileSync(join(folder, name), `${example.code}\nexport {};\n`);
      }
      writeFileSync(join(folder, 'ambient.d.ts'), ambient);
      const config = {
        extends: '../tsconfig.test.json',
        compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
        include: ['./*.ts'],
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
      const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], {
        cwd: root,
        encoding: 'utf8',
      });
      expect([stdout, status]).toEqual(['', 0]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('show OpenTelemetry as it is tested', () => {
    const tested = readFileSync(join(root, 'test/examples/opentelemetry.ts'), 'utf8').trim();
    expect(reference).toContain(tested);
  });
});

describe('the reference', () => {
  const promises = [...reference.matchAll(/^\| [^|]+ \| `(packages\/[^`]+)`: ([^|]+) \|$/gm)];

  it('names for every promise a test that exists', () => {
    expect(promises.length).toBeGreaterThan(40);
    for (const [, file = '', sentence = ''] of promises) {
      expect(readFileSync(join(repository, file), 'utf8'), file).toContain(sentence.trim());
    }
  });

  it('lists all fifteen endpoints with their safety', async () => {
    const { endpoints } = await import('../src/contract.ts');
    for (const { number, method, path, safety } of Object.values(endpoints)) {
      const row = new RegExp(`^\\| ${number} \\| .* \\| \`${method} ${path}\` \\| ${safety}`, 'm');
      expect(reference).toMatch(row);
    }
  });
});
