import { EnvelopeError } from './envelope-error.ts';
import { defaultScheme, type EnvelopeScheme, isEnvelopeScheme } from './scheme.ts';
import { type SchemePreset, schemePresets } from './scheme-presets.ts';

/** The compact form for configuration, e.g. `A256GCM/12/none/OAEP-SHA1/raw`: mode, IV bytes, AAD, RSA padding, wrapped form. */
export function formatScheme(scheme: EnvelopeScheme): string {
  return [scheme.aes, scheme.ivBytes, scheme.aad, scheme.rsa, scheme.dek].join('/');
}

/**
 * Reads the compact form, or the name of a preset (`default`, `toss-cert`, …).
 *
 * @throws EnvelopeError `unsupported_scheme`
 */
export function parseScheme(text: string): EnvelopeScheme {
  if (isPreset(text)) return schemePresets[text];
  const [aes, ivBytes, aad, rsa, dek, ...rest] = typeof text === 'string' ? text.split('/') : [];
  const scheme: unknown = { aes, ivBytes: Number(ivBytes), aad, rsa, dek };
  // Compared with its own spelling, so that `12.0` or a seventh part is not silently taken for something else.
  if (rest.length === 0 && isEnvelopeScheme(scheme) && formatScheme(scheme) === text)
    return Object.freeze(scheme);
  throw new EnvelopeError(
    'unsupported_scheme',
    `Not an envelope scheme: expected ${Object.keys(schemePresets).join(', ')}, or the form ${formatScheme(defaultScheme)}.`,
  );
}

function isPreset(text: string): text is SchemePreset {
  return Object.hasOwn(schemePresets, text);
}
