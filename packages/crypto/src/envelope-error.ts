/** What went wrong, stable across versions and runtimes. */
export type EnvelopeErrorCode = 'invalid_input' | 'open_failed' | 'unsupported_scheme' | 'bad_key';

/**
 * The only error this package throws.
 *
 * It never carries a `cause`, a key, a plaintext or a ciphertext: what a runtime says about a failed
 * decryption differs by cause, and whoever can see that difference has a decryption oracle.
 */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly code: EnvelopeErrorCode;

  constructor(code: EnvelopeErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
