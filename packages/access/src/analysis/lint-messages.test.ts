import { describe, expect, it } from 'vitest';
import { findings, permit, type RuleInput } from '../../test/lint-findings.ts';
import type { ReleaseInput } from '../index.ts';

describe('lint of messages', () => {
  const about = (changes: Partial<ReleaseInput>) =>
    findings(changes).filter((finding) => finding.includes('message'));

  it('finds texts that are never shown', () => {
    const left = { repeat: '{remaining}/{limit}' };
    expect(about({ messages: { ko: { permitted: left, permitted_by_pass: left } } })).toEqual([]);
    expect(about({ messages: { ko: { quota_spent: left } } })).toEqual([
      'message_never_shown messages.ko.quota_spent.repeat',
    ]);
    const rule = (messages: NonNullable<RuleInput['messages']>) =>
      about({ rules: [{ ...permit, messages }] });
    expect(rule({ ko: { closed_now: { ticket: '{time}' } } })).toEqual([]);
    expect(rule({ ko: { closed_now: { ticket: '{limit}' } } })).toEqual([
      'message_never_shown rules.0.messages.ko.closed_now.ticket',
    ]);
    expect(rule({ ko: { no_grant: { repeat: '권한 없음' } } })).toEqual([
      'message_never_shown rules.0.messages.ko.no_grant',
    ]);
  });

  it('finds texts that tell bystanders why somebody is turned away', () => {
    const text = { repeat: '정지된 회원입니다' };
    expect(about({ messages: { ko: { member_suspended: text } } })).toEqual([
      'telling_message messages.ko.member_suspended',
    ]);
    const same = { unknown_member: text, member_suspended: text, deny_listed: text };
    expect(about({ messages: { ko: same } })).toEqual([]);
    expect(about({ messages: { ko: { ...same, deny_listed: { repeat: '출입 금지' } } } })).toEqual([
      'telling_message messages.ko.unknown_member',
    ]);
    expect(about({ messages: { ko: { forbidden: { repeat: '정비 중입니다' } } } })).toEqual([]);
    const ofRule = { ...permit, messages: { ko: { deny_listed: text } } };
    expect(about({ rules: [ofRule] })).toEqual(['telling_message rules.0.messages.ko.deny_listed']);
  });
});
