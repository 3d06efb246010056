import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RsaPadding } from '../src/index.ts';

const options: Record<RsaPadding, readonly string[]> = {
  'PKCS1-v1_5': ['rsa_padding_mode:pkcs1'],
  'OAEP-SHA1': ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha1', 'rsa_mgf1_md:sha1'],
  'OAEP-SHA256': ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'],
  'OAEP-SHA256-MGF1-SHA1': ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha1'],
};

/** `openssl pkeyutl`, the one implementation here that speaks all four paddings in C. */
export function pkeyutl(
  direction: '-encrypt' | '-decrypt',
  rsa: RsaPadding,
  keyDer: Buffer,
  input: Buffer,
): Buffer {
  const padding = options[rsa].flatMap((option) => ['-pkeyopt', option]);
  const publicKey = direction === '-encrypt' ? ['-pubin'] : [];
  return withFile(keyDer, (file) =>
    openssl(['pkeyutl', direction, '-inkey', file, '-keyform', 'DER', ...publicKey, ...padding], input),
  );
}

/** `openssl enc -aes-256-cbc`; the command line has no GCM. */
export function aesCbc(direction: '-e' | '-d', dek: Buffer, iv: Buffer, input: Buffer): Buffer {
  const key = ['-K', dek.toString('hex'), '-iv', iv.toString('hex')];
  return openssl(['enc', '-aes-256-cbc', direction, ...key], input);
}

function openssl(args: readonly string[], input: Buffer): Buffer {
  const { status, stdout, stderr, error } = spawnSync('openssl', args, { input });
  if (error !== undefined) throw new Error('These tests need the openssl command line.', { cause: error });
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr.toString()}`);
  return stdout;
}

function withFile<T>(content: Buffer, use: (file: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'envelope-'));
  try {
    const file = join(directory, 'key.der');
    writeFileSync(file, content);
    return use(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
