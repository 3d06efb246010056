/**
 * Rotates the RSA key FacePass seals for us with. Reads `ENVELOPE_PRIVATE_JWKS` from stdin and writes the next value to stdout, so
 * that it goes from vault to vault; the public key for FacePass goes to stderr.
 *
 *   pnpm -s run envelope-key first                    the first key of a deployment
 *   pnpm -s run envelope-key add    < current.json    a new one before those that are there
 *   pnpm -s run envelope-key retire < current.json    the newest alone
 */
import { text } from 'node:stream/consumers';
import { addKey, retireKeys } from './lib/envelope-keys.ts';

const [step] = process.argv.slice(2);
try {
  if (step === 'first' || step === 'add') {
    const { jwks, publicKey } = await addKey(step === 'first' ? null : await text(process.stdin));
    console.error(`The public key for FacePass:\n${publicKey}`);
    console.log(JSON.stringify(jwks));
  } else if (step === 'retire') {
    console.log(JSON.stringify(await retireKeys(await text(process.stdin))));
  } else {
    console.error('Which step? first, add or retire (docs/operations/rotation.md).');
    process.exitCode = 2;
  }
} catch (error) {
  // Never what was read.
  console.error(error instanceof Error ? error.message : 'It did not work.');
  process.exitCode = 1;
}
