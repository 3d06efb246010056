import { seededRandom } from '@facepass-kit/simulator';
import { describe, expect, it } from 'vitest';
import { type AnsweredQuestion, match, type RecordedAttempt } from './match.ts';

const question = (id: string, at: number, change: Partial<AnsweredQuestion> = {}): AnsweredQuestion => ({
  id,
  at,
  personId: 1,
  params: 'gate=A',
  effect: 'permit',
  code: null,
  ...change,
});
const attempt = (id: string, at: number, change: Partial<RecordedAttempt> = {}): RecordedAttempt => ({
  id,
  at,
  personId: 1,
  params: 'gate=A',
  entered: true,
  code: null,
  ...change,
});
const pairsOf = (...input: Parameters<typeof match>) =>
  match(...input).pairs.map((pair) => [pair.question.id, pair.attempt.id]);

describe('matching answers with attempts', () => {
  it('pairs the same member at the same device within a minute, and a little before', () => {
    expect(pairsOf([question('q', 0)], [attempt('a', 60_000)])).toEqual([['q', 'a']]);
    expect(pairsOf([question('q', 5_000)], [attempt('a', 0)])).toEqual([['q', 'a']]);
    expect(pairsOf([question('q', 0)], [attempt('a', 60_001)])).toEqual([]);
    expect(pairsOf([question('q', 5_001)], [attempt('a', 0)])).toEqual([]);
  });

  it('keeps members and devices apart', () => {
    expect(pairsOf([question('q', 0)], [attempt('a', 0, { personId: 2 })])).toEqual([]);
    expect(pairsOf([question('q', 0)], [attempt('a', 0, { params: 'gate=B' })])).toEqual([]);
  });

  it('pairs a single question with a single attempt although they disagree: that is what is looked for', () => {
    expect(pairsOf([question('q', 0, { effect: 'deny' })], [attempt('a', 1_000)])).toEqual([['q', 'a']]);
  });

  it('pairs a denied and then a permitted question in order', () => {
    const questions = [question('q1', 0, { effect: 'deny', code: 'LATE' }), question('q2', 10_000)];
    const attempts = [attempt('a1', 2_000, { entered: false, code: 'LATE' }), attempt('a2', 12_000)];
    expect(pairsOf(questions, attempts)).toEqual([
      ['q1', 'a1'],
      ['q2', 'a2'],
    ]);
  });

  it('says ambiguous rather than accuse a door', () => {
    const more = match([question('q1', 0), question('q2', 3_000)], [attempt('a', 5_000)]);
    expect([more.pairs.length, more.ambiguous.questions.length, more.ambiguous.attempts.length]).toEqual([
      0, 2, 1,
    ]);
    const crossed = match(
      [question('q1', 0, { effect: 'deny' }), question('q2', 1_000)],
      [attempt('a1', 2_000), attempt('a2', 3_000, { entered: false })],
    );
    expect(crossed.ambiguous.questions).toHaveLength(2);
  });

  it('does not chain strangers of an hour together', () => {
    const questions = Array.from({ length: 30 }, (_, index) => question(`q${index}`, index * 120_000));
    const attempts = Array.from({ length: 30 }, (_, index) => attempt(`a${index}`, index * 120_000 + 4_000));
    expect(match(questions, attempts).pairs).toHaveLength(30);
  });

  it('accounts for everything exactly once, whatever it is given', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const at = () => Math.floor(random() * 600_000);
      const who = () => ({ personId: 1 + Math.floor(random() * 3), params: random() < 0.5 ? 'A' : 'B' });
      const questions = Array.from({ length: Math.floor(random() * 20) }, (_, index) =>
        question(`q${index}`, at(), { ...who(), effect: random() < 0.7 ? 'permit' : 'deny' }),
      );
      const attempts = Array.from({ length: Math.floor(random() * 20) }, (_, index) =>
        attempt(`a${index}`, at(), { ...who(), entered: random() < 0.7 }),
      );
      const result = match(questions, attempts);
      const seen = [
        ...result.pairs.flatMap((pair) => [pair.question.id, pair.attempt.id]),
        ...result.ambiguous.questions.map(({ id }) => id),
        ...result.ambiguous.attempts.map(({ id }) => id),
        ...result.questions.map(({ id }) => id),
        ...result.attempts.map(({ id }) => id),
      ];
      expect(seen.sort(), `seed ${seed}`).toEqual(
        [...questions.map(({ id }) => id), ...attempts.map(({ id }) => id)].sort(),
      );
      for (const one of result.questions) {
        const reachable = result.attempts.filter(
          (other) =>
            other.personId === one.personId &&
            other.params === one.params &&
            other.at - one.at <= 60_000 &&
            one.at - other.at <= 5_000,
        );
        expect(reachable, `seed ${seed}`).toEqual([]);
      }
    }
  });
});
