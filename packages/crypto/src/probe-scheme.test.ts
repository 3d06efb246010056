import { describe, expect, it } from 'vitest';
import { dekOf, nodeCrypto, nodeForge } from '../conformance/other-implementations.ts';
import { testKey } from '../conformance/vectors.ts';
import {
  createSealer,
  defaultScheme,
  type EnvelopeScheme,
  formatScheme,
  importPeerKey,
  schemePresets,
} from './index.ts';
import { oaepMixedKeyWrap } from './oaep-mixed.ts';
import { pkcs1KeyWrap } from './pkcs1.ts';
import { listPlausibleSchemes } from './plausible-schemes.ts';
import { type ProbeEnvelope, probeScheme } from './probe-scheme.ts';

const { spkiBase64, pkcs8Base64 } = testKey('rsa2048');
const peer = await importPeerKey(spkiBase64);
const keyWraps = [pkcs1KeyWrap, oaepMixedKeyWrap];

/** A vendor's encryption test that opens with others' code and takes one scheme; a lenient one takes any IV length. */
function vendor(scheme: EnvelopeScheme, { anyIvLength = false } = {}) {
  const implementation = nodeCrypto.paddings.includes(scheme.rsa) ? nodeCrypto : nodeForge;
  return async (envelope: ProbeEnvelope) => {
    try {
      const [wrapped, iv, data] = [envelope.encryptedKey, envelope.iv, envelope.encryptedData].map((text) =>
        Buffer.from(text, 'base64'),
      );
      if (!wrapped || !iv || !data || (iv.length !== scheme.ivBytes && !anyIvLength))
        return { accepted: false };
      const dek = dekOf(scheme, implementation.unwrap(pkcs8Base64, scheme.rsa, wrapped));
      nodeCrypto.decrypt(scheme, dek, iv, data);
      return { accepted: true, status: 200 };
    } catch {
      return { accepted: false, status: 200 };
    }
  };
}

function fails(fields: object): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error('refused'), fields));
}

describe('probeScheme', () => {
  // Everything but node-forge's slow private operation, which the portable suite replaces.
  const quick = listPlausibleSchemes().filter(({ rsa }) => rsa !== 'OAEP-SHA256-MGF1-SHA1');

  it.each(quick.map((scheme) => [formatScheme(scheme), scheme] as const))('finds %s', async (_, scheme) => {
    const report = await probeScheme({ peer, keyWraps, send: vendor(scheme) });
    expect(report).toMatchObject({ verdict: 'found', accepted: [scheme] });
    expect(report.evidence.at(-1)).toMatchObject({ scheme, control: true, accepted: false });
    expect(report.evidence.filter(({ control, accepted }) => !control && accepted)).toHaveLength(1);
  });

  it('asks twice where the first guess is right, and leaves 59 untried', async () => {
    const report = await probeScheme({ peer, keyWraps, send: vendor(defaultScheme) });
    expect(report.evidence).toEqual([
      { scheme: defaultScheme, control: false, accepted: true, status: 200 },
      { scheme: defaultScheme, control: true, accepted: false, status: 200 },
    ]);
    expect(report.untried).toHaveLength(59);
  });

  it('tries everything on request, and reports what the endpoint does not tell apart', async () => {
    const send = vendor(defaultScheme, { anyIvLength: true });
    const report = await probeScheme({ peer, keyWraps, send, all: true });
    expect(report.accepted.map(formatScheme)).toEqual([
      'A256GCM/12/none/OAEP-SHA1/raw',
      'A256GCM/16/none/OAEP-SHA1/raw',
    ]);
    expect(report.untried).toEqual([]);
  });

  it('proves nothing at an endpoint that accepts a broken tag', async () => {
    const report = await probeScheme({ peer, send: async () => ({ accepted: true }) });
    expect(report).toMatchObject({ verdict: 'proves_nothing', accepted: [] });
    expect(report.evidence).toHaveLength(2);
  });

  it('says which candidates it could not send for want of a key wrap', async () => {
    const report = await probeScheme({ peer, send: async () => ({ accepted: false }) });
    expect(report.verdict).toBe('none_accepted');
    expect(new Set(report.untried.map(({ rsa }) => rsa))).toEqual(
      new Set(['PKCS1-v1_5', 'OAEP-SHA256-MGF1-SHA1']),
    );
    expect(report.evidence).toHaveLength(30);
  });

  it.each([401, 403, 429])('gives up at a %i, answered or thrown', async (status) => {
    for (const send of [async () => ({ accepted: false, status }), fails({ status })]) {
      const report = await probeScheme({ peer, send });
      expect(report).toMatchObject({ verdict: 'gave_up', accepted: [] });
      expect(report.evidence).toEqual([{ scheme: defaultScheme, control: false, accepted: false, status }]);
      expect(report.untried).toHaveLength(59);
    }
  });

  it('takes an error status or a FAIL for a refusal when it comes twice, and keeps both as evidence', async () => {
    for (const status of [400, 500]) {
      const send = fails({ status, errorCode: 'DECRYPT_FAILED' });
      const report = await probeScheme({ peer, send, candidates: [defaultScheme] });
      expect(report.verdict).toBe('none_accepted');
      const refusal = { scheme: defaultScheme, control: false, accepted: false, status };
      expect(report.evidence).toEqual(Array(2).fill({ ...refusal, errorCode: 'DECRYPT_FAILED' }));
    }
  });

  it('is not misled by a 500 that passes', async () => {
    let asked = 0;
    const answer = vendor(defaultScheme);
    const send = async (envelope: ProbeEnvelope) => {
      asked += 1;
      return asked === 1 ? { accepted: false, status: 500 } : answer(envelope);
    };
    expect(await probeScheme({ peer, send })).toMatchObject({ verdict: 'found', accepted: [defaultScheme] });
  });

  /** Accepts everything, then answers every control with one status. */
  function controlsAnswered(status: number) {
    let candidateKey: string | undefined;
    return async ({ encryptedKey }: ProbeEnvelope) => {
      if (encryptedKey === candidateKey) return { accepted: false, status };
      candidateKey = encryptedKey;
      return { accepted: true, status: 200 };
    };
  }

  it.each([404, 500, 502, 503, 504])('takes no %i for the refusal of a control', async (status) => {
    const report = await probeScheme({ peer, send: controlsAnswered(status) });
    expect(report).toMatchObject({ verdict: 'inconclusive', accepted: [] });
    expect(report.evidence.at(-1)).toEqual({ scheme: defaultScheme, control: true, accepted: false, status });
  });

  it.each([200, 400])('takes a %i that accepts nothing for the refusal of a control', async (status) => {
    const report = await probeScheme({ peer, send: controlsAnswered(status) });
    expect(report).toMatchObject({ verdict: 'found', accepted: [defaultScheme] });
  });

  it.each([404, 502, 503, 504])('gives up at a %i instead of passing over a candidate', async (status) => {
    const report = await probeScheme({ peer, send: fails({ status }) });
    expect(report).toMatchObject({ verdict: 'unreachable', accepted: [] });
    expect(report.evidence).toHaveLength(1);
  });

  it.each([{}, { status: undefined }, { status: '500' }])(
    'gives up at an error that is no answer: %o',
    async (fields) => {
      const report = await probeScheme({ peer, send: fails(fields) });
      expect(report).toMatchObject({ verdict: 'unreachable', evidence: [], error: { message: 'refused' } });
    },
  );

  it('goes on after a key wrap that fails, and lists its candidate as untried', async () => {
    const scheme = schemePresets['java-rsa'];
    const broken = { rsa: scheme.rsa, wrap: () => Promise.reject(new Error('no wrap')) };
    const candidates = [scheme, defaultScheme];
    const report = await probeScheme({ peer, candidates, keyWraps: [broken], send: vendor(defaultScheme) });
    expect(report).toMatchObject({ verdict: 'found', accepted: [defaultScheme], untried: [scheme] });
  });

  it.each([
    ['later', queueMicrotask],
    ['as it begins', (abort: () => void) => abort()],
  ])('stops at once where sending never ends: aborted %s', async (_, when) => {
    const controller = new AbortController();
    const send = () => {
      when(() => controller.abort(new Error('enough')));
      return new Promise<never>(() => {});
    };
    await expect(probeScheme({ peer, send, signal: controller.signal })).rejects.toThrow('enough');
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const send = async () => {
      controller.abort(new Error('enough'));
      return { accepted: false };
    };
    await expect(probeScheme({ peer, send, signal: controller.signal })).rejects.toThrow('enough');
  });

  it('tries the candidates given and no others, in their order', async () => {
    const candidates = [schemePresets['oaep-sha256'], schemePresets.default];
    const report = await probeScheme({ peer, candidates, send: async () => ({ accepted: false }) });
    expect(report.evidence.map(({ scheme }) => scheme)).toEqual(candidates);
  });

  it('sends GCM ciphertexts that no CBC opener could take for whole blocks', async () => {
    const lengths: number[] = [];
    const send = async ({ encryptedData }: ProbeEnvelope) => {
      lengths.push(Buffer.from(encryptedData, 'base64').length);
      return { accepted: false };
    };
    await probeScheme({
      peer,
      send,
      candidates: listPlausibleSchemes().filter(({ aes }) => aes === 'A256GCM'),
    });
    expect(lengths.every((length) => length % 16 !== 0)).toBe(true);
  });

  it('never sends the same key or IV twice, the control apart', async () => {
    const seen: string[] = [];
    const send = async ({ encryptedKey }: ProbeEnvelope) => {
      seen.push(encryptedKey);
      return { accepted: false };
    };
    await probeScheme({ peer, send });
    expect(new Set(seen).size).toBe(seen.length);
    expect(createSealer({ peer }).scheme).toEqual(defaultScheme);
  });
});
