import { type AnswerTexts, compile, type Decision, type Reason, renderMessage } from '@facepass-kit/access';
import { parseRelease } from '@facepass-kit/access/schema';

/** Rules that know no door: only their built-in texts are used, where no release can be had. */
const nothing = compile(parseRelease({ sites: [{ id: 'none', timeZone: 'Asia/Seoul' }] }));

/** What is answered where no release can be asked: nothing published yet, or the guard out of reach. */
export const withoutRelease = {
  texts: (reason: Reason): AnswerTexts =>
    renderMessage(nothing, { reason, atMs: 0, siteId: null, zoneId: null, ruleIds: [], locale: 'ko' }),

  decision: (decisionId: string, atMs: number): Decision => ({
    decisionId,
    effect: 'deny',
    reason: 'no_release',
    atMs,
    siteId: null,
    zoneId: null,
    areaId: null,
    ruleIds: [],
    determining: [],
    locale: 'ko',
    repeatOf: null,
    flags: [],
    remaining: null,
    limit: null,
  }),
} as const;
