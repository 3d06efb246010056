/** Reads test vectors in the format of https://github.com/C2SP/wycheproof (schemas v1, and v0 with the same names). */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

type Result = 'valid' | 'invalid' | 'acceptable';

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly ct: string;
  readonly result: Result;
}

export interface AeadGroup {
  readonly type: 'AeadTest';
  readonly keySize: number;
  readonly ivSize: number;
  readonly tagSize: number;
  readonly tests: readonly (Vector & { key: string; iv: string; aad: string; tag: string })[];
}

export interface CbcGroup {
  readonly type: 'IndCpaTest';
  readonly keySize: number;
  readonly tests: readonly (Vector & { key: string; iv: string })[];
}

export interface OaepGroup {
  readonly type: 'RsaesOaepDecrypt';
  readonly keySize: number;
  readonly sha: string;
  readonly mgfSha: string;
  readonly privateKeyPkcs8: string;
  readonly tests: readonly (Vector & { label: string })[];
}

interface PublishedFile {
  readonly algorithm: string;
  readonly testGroups: readonly (AeadGroup | CbcGroup | OaepGroup)[];
}

export interface WycheproofFile extends PublishedFile {
  readonly name: string;
}

/** As the files name them. By name alone `aes_gcm_siv_test.json`, another algorithm, would look like GCM. */
const algorithms: readonly string[] = ['AES-GCM', 'AES-CBC-PKCS5', 'RSAES-OAEP'];

/** The files of the three algorithms used here, wherever they lie below `directory`. */
export function readWycheproof(directory: string): WycheproofFile[] {
  const paths = globSync('**/{aes_gcm,aes_cbc_pkcs5,rsa_oaep}*_test.json', { cwd: directory }).sort();
  return paths.flatMap((path) => {
    // The published schema; a file that does not follow it fails the tests below, which is its purpose.
    const file = JSON.parse(readFileSync(join(directory, path), 'utf8')) as PublishedFile;
    return algorithms.includes(file.algorithm) ? [{ ...file, name: basename(path, '_test.json') }] : [];
  });
}
