import { describe, expect, it } from 'vitest';
import { ask, member, release, seoul } from '../test/venue.ts';
import { DEFAULT_MESSAGES } from './default-messages.ts';
import {
  byteLength,
  CODE_BYTES,
  displayLength,
  REPEAT_CHARACTERS,
  TICKET_CHARACTERS,
} from './display-limits.ts';
import {
  COUNT_MAX,
  compile,
  decide,
  type Member,
  REASONS,
  renderMessage,
  SENSITIVE_REASONS,
} from './index.ts';

const friday = seoul('2026-12-04 09:00');
const gym = ask({ floor: 10 });

function shown(changes: Parameters<typeof release>[0], who: Member | null = member(), at = friday) {
  const compiled = compile(release(changes));
  return renderMessage(compiled, decide(compiled, who, gym, at));
}

describe('default texts', () => {
  it.each(['ko', 'en'] as const)('in %s fit both displays, for every reason', (locale) => {
    for (const reason of REASONS) {
      const text = DEFAULT_MESSAGES[locale][reason];
      expect(displayLength(text.repeat), text.repeat).toBeLessThanOrEqual(REPEAT_CHARACTERS);
      expect(displayLength(text.ticket), text.ticket).toBeLessThanOrEqual(TICKET_CHARACTERS);
      expect(byteLength(text.code), text.code).toBeLessThanOrEqual(CODE_BYTES);
    }
  });

  it('of sensitive reasons cannot be told apart', () => {
    for (const locale of ['ko', 'en'] as const) {
      const texts = SENSITIVE_REASONS.map((reason) => JSON.stringify(DEFAULT_MESSAGES[locale][reason]));
      expect(new Set(texts).size).toBe(1);
    }
  });
});

describe('renderMessage', () => {
  it('speaks Korean unless told otherwise', () => {
    expect(shown({})).toEqual({
      customMessage: '입장이 확인되었습니다',
      message: '입장이 확인되었습니다',
      code: 'PERMITTED',
    });
  });

  it('speaks the member’s language before the site’s, and falls back for one it lacks', () => {
    expect(shown({}, member({ locale: 'en' })).customMessage).toBe('Welcome');
    expect(shown({}, member({ locale: 'en-GB' })).customMessage).toBe('Welcome');
    expect(shown({}, member({ locale: 'fr' })).customMessage).toBe('입장이 확인되었습니다');
    const messages = { fr: { permitted: { repeat: 'Bienvenue' } } };
    expect(shown({ messages }, member({ locale: 'fr' })).customMessage).toBe('Bienvenue');
  });

  it('takes the text for the mode of the display', () => {
    const zones = release().zones.map((zone) => ({ ...zone, display: 'ticket' as const }));
    expect(shown({ zones }, null).customMessage).toBe('출입할 수 없습니다. 안내데스크에 문의해 주세요');
    expect(shown({}, null).customMessage).toBe('안내데스크에 문의해 주세요');
  });

  it('prefers the deciding rule’s text to the release’s', () => {
    const messages = { ko: { closed_now: { repeat: '{zone} {time}', code: 'C1' } } };
    const late = seoul('2026-12-04 22:05');
    expect(shown({ messages }, member(), late)).toMatchObject({
      customMessage: '헬스장 22:05',
      code: 'C1',
    });
    const rules = release().rules.map((rule) =>
      rule.id === 'gym-by-day'
        ? { ...rule, messages: { ko: { closed_now: { repeat: '내일 만나요' } } } }
        : rule,
    );
    expect(shown({ messages, rules }, member(), late)).toMatchObject({
      customMessage: '내일 만나요',
      code: 'CLOSED_NOW',
    });
  });

  it('leaves the text to FacePass where a message is a code alone', () => {
    const messages = { ko: { permitted: { code: 'A0001' } } };
    expect(shown({ messages })).toMatchObject({ customMessage: null, code: 'A0001' });
  });

  it('passes over a text whose variable has no value', () => {
    const messages = { ko: { permitted: { repeat: '{remaining}회 남았습니다' } } };
    expect(shown({ messages }).customMessage).toBe('입장이 확인되었습니다');
  });

  it('has room for whatever a pass is good for, which no release knows', () => {
    const messages = (repeat: string) => ({ ko: { permitted_by_pass: { repeat } } });
    expect(() =>
      compile(release({ messages: messages('이용권 아직 {remaining}회 남았습니다') })),
    ).not.toThrow();
    expect(() => compile(release({ messages: messages('이용권이 아직 {remaining}회 남았습니다') }))).toThrow(
      'can reach 20 characters',
    );
    const compiled = compile(release({ messages: messages('이용권 아직 {remaining}회 남았습니다') }));
    const outcome = { ...decide(compiled, member(), gym, friday), reason: 'permitted_by_pass' as const };
    const text = (remaining: number) => renderMessage(compiled, { ...outcome, remaining }).customMessage;
    expect(text(COUNT_MAX)).toBe('이용권 아직 10000회 남았습니다');
    expect(text(COUNT_MAX + 1)).toBe('입장이 확인되었습니다');
    expect(text(-1)).toBe('입장이 확인되었습니다');
  });
});
