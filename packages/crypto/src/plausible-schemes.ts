/**
 * Subpath `@facepass-kit/crypto/plausible-schemes`: every scheme the guide's words allow, for tools that try them.
 */
import { dekForms, type EnvelopeScheme, rsaPaddings } from './scheme.ts';

/** Mode, IV and AAD, with the cost of believing in each: how far it is from what the evidence shows. */
const contentModes = [
  { aes: 'A256GCM', ivBytes: 12, aad: 'none', cost: 0 },
  { aes: 'A256GCM', ivBytes: 12, aad: 'dek', cost: 1 },
  { aes: 'A256GCM', ivBytes: 16, aad: 'none', cost: 2 },
  { aes: 'A256CBC', ivBytes: 16, aad: 'none', cost: 3 },
  { aes: 'A256GCM', ivBytes: 16, aad: 'dek', cost: 4 },
] as const;

/**
 * Every scheme the guide's words allow, 60 in all, most plausible first: our default leads, then what the
 * vendor's sister product does, then Java's defaults, then the rest.
 */
export function listPlausibleSchemes(): EnvelopeScheme[] {
  const ranked = contentModes.flatMap(({ cost, ...mode }) =>
    rsaPaddings.flatMap((rsa, rsaCost) =>
      dekForms.map((dek, dekCost) => {
        const scheme: EnvelopeScheme = { ...mode, rsa, dek };
        return { scheme, cost: isSisterProduct(scheme) ? 0.5 : cost + rsaCost + dekCost };
      }),
    ),
  );
  return ranked.sort((left, right) => left.cost - right.cost).map(({ scheme }) => scheme);
}

/** The vendor publishes this combination for another product, so its unusual parts come together or not at all. */
function isSisterProduct({ aes, ivBytes, aad, rsa, dek }: EnvelopeScheme): boolean {
  if (rsa !== 'OAEP-SHA1' || dek !== 'labelled') return false;
  return aes === 'A256CBC' || (ivBytes === 12 && aad === 'dek');
}
