/** Sealing and opening an envelope against hand-written WebCrypto and against jose, in one interleaved run. */
import {
  createOpener,
  createSealer,
  generateKeyPair,
  importPeerKey,
  importPrivateKeys,
} from '@facepass-kit/crypto';
import { CompactEncrypt } from 'jose';
import { importFloorKeys, openFloor, sealFloor } from './floors/envelope.ts';
import type { Figure } from './lib/figure.ts';
import { interleave, median, speedRatio } from './lib/interleave.ts';

/** A registration: the largest request there is. */
const fields = {
  encryptedCI: 'Q'.repeat(88),
  encryptedName: '홍길동',
  encryptedPhoneNumber: '01012341234',
};

/** What jose is compared on: it makes one ciphertext per token, so the envelope gets one field. */
const oneField = { encryptedCI: fields.encryptedCI };

/** Many short rounds: what runs within a few milliseconds meets the same neighbors on a shared machine. */
const sealing = { rounds: 400, callsPerRound: 10 };
const opening = { 2048: { rounds: 400, callsPerRound: 5 }, 4096: { rounds: 300, callsPerRound: 3 } } as const;

export async function figures(log: (line: string) => void): Promise<Figure[]> {
  const small = await measure(2048, log);
  const large = await measure(4096, log);
  const worst = (pick: (measured: typeof small) => number) => Math.min(pick(small), pick(large));
  return [
    // The promise holds for both key sizes, so the figure is the worse of the two.
    { name: 'envelope.seal_ratio_vs_floor', value: worst(({ seal }) => seal), atLeast: 0.95 },
    { name: 'envelope.open_ratio_vs_floor', value: worst(({ open }) => open), atLeast: 0.95 },
    { name: 'envelope.seal_ratio_vs_jose', value: worst(({ jose }) => jose), atLeast: 1.3 },
    ...[small, large].flatMap(({ modulusBits, seal, open, jose }) => [
      { name: `envelope.rsa${modulusBits}.seal_ratio_vs_floor`, value: seal },
      { name: `envelope.rsa${modulusBits}.open_ratio_vs_floor`, value: open },
      { name: `envelope.rsa${modulusBits}.seal_ratio_vs_jose`, value: jose },
    ]),
  ];
}

async function measure(modulusBits: 2048 | 4096, log: (line: string) => void) {
  const pair = await generateKeyPair({ modulusBits });
  const peer = await importPeerKey(pair.publicKeySpkiBase64);
  const sealer = createSealer({ peer });
  const opener = createOpener({ keys: await importPrivateKeys({ keys: [pair.privateJwk] }) });
  const floor = await importFloorKeys(pair.publicKeySpkiBase64, { ...pair.privateJwk });

  const seals = await interleave(
    {
      ours: () => sealer.seal(fields),
      floor: () => sealFloor(floor.publicKey, fields),
      oursOneField: () => sealer.seal(oneField),
      joseOneField: () =>
        new CompactEncrypt(new TextEncoder().encode(oneField.encryptedCI))
          .setProtectedHeader({ alg: 'RSA-OAEP', enc: 'A256GCM' })
          .encrypt(floor.publicKey),
    },
    sealing,
  );

  const envelope = await sealer.seal(fields);
  const names = ['encryptedCI', 'encryptedName', 'encryptedPhoneNumber'] as const;
  const opens = await interleave(
    {
      ours: () => opener.open(envelope, names),
      floor: () => openFloor(floor.privateKey, envelope, names),
    },
    opening[modulusBits],
  );

  const perSecond = (nanoseconds: readonly number[]) => Math.round(1e9 / median(nanoseconds));
  log(
    `RSA-${modulusBits}, operations a second: seal ${perSecond(seals.ours)} (floor ${perSecond(seals.floor)}, ` +
      `one field ${perSecond(seals.oursOneField)}, jose ${perSecond(seals.joseOneField)}), open ${perSecond(opens.ours)} (floor ${perSecond(opens.floor)})`,
  );
  return {
    modulusBits,
    seal: speedRatio(seals, 'ours', 'floor'),
    open: speedRatio(opens, 'ours', 'floor'),
    jose: speedRatio(seals, 'oursOneField', 'joseOneField'),
  };
}
