import type { Reason } from './reasons.ts';

/** What a device shows for one reason: a text for either display, and the code FacePass may map to its own. */
export interface MessageText {
  /** At most 50 bytes of UTF-8. */
  readonly code?: string | undefined;
  /** For displays in repeat mode, at most 19 characters. */
  readonly repeat?: string | undefined;
  /** For displays in ticket mode, at most 38 characters. */
  readonly ticket?: string | undefined;
}

type DefaultText = Required<{ readonly [K in keyof MessageText]-?: string }>;

/** Languages that have a text for every reason. */
export const DEFAULT_LOCALES = ['ko', 'en'] as const;
type DefaultLocale = (typeof DEFAULT_LOCALES)[number];

// A bystander must not learn from the device that somebody is suspended or on a deny list, and neither must
// whoever maps codes to texts: these reasons share one text and one code.
const neutralKo: DefaultText = {
  code: 'ASK_STAFF',
  repeat: '안내데스크에 문의해 주세요',
  ticket: '출입할 수 없습니다. 안내데스크에 문의해 주세요',
};
const neutralEn: DefaultText = {
  code: 'ASK_STAFF',
  repeat: 'Please ask staff',
  ticket: 'No entry here. Please ask the staff',
};
const technicalKo: DefaultText = {
  code: 'UNAVAILABLE',
  repeat: '잠시 후 다시 시도해 주세요',
  ticket: '지금은 확인할 수 없습니다. 잠시 후 다시 시도해 주세요',
};
const technicalEn: DefaultText = {
  code: 'UNAVAILABLE',
  repeat: 'Please try again',
  ticket: 'Cannot check now. Please try again',
};

const ko: Record<Reason, DefaultText> = {
  no_zone: {
    code: 'NO_ZONE',
    repeat: '사용할 수 없는 기기입니다',
    ticket: '설정되지 않은 기기입니다. 직원에게 알려 주세요',
  },
  ambiguous_zone: {
    code: 'NO_ZONE',
    repeat: '사용할 수 없는 기기입니다',
    ticket: '설정되지 않은 기기입니다. 직원에게 알려 주세요',
  },
  site_lockdown: {
    code: 'LOCKDOWN',
    repeat: '출입이 통제되고 있습니다',
    ticket: '현재 출입이 통제되고 있습니다. 안내에 따라 주세요',
  },
  site_evacuation: {
    code: 'EVACUATION',
    repeat: '대피 중입니다',
    ticket: '대피 중입니다. 들어오지 말고 밖으로 이동해 주세요',
  },
  evacuation_exit: {
    code: 'EVACUATION_EXIT',
    repeat: '밖으로 대피해 주세요',
    ticket: '침착하게 밖으로 대피해 주세요',
  },
  unknown_member: neutralKo,
  member_suspended: neutralKo,
  deny_listed: neutralKo,
  not_yet_valid: {
    code: 'NOT_YET_VALID',
    repeat: '이용 시작일 전입니다',
    ticket: '아직 이용 기간이 시작되지 않았습니다',
  },
  expired: {
    code: 'EXPIRED',
    repeat: '이용 기간이 끝났습니다',
    ticket: '이용 기간이 끝났습니다. 연장 후 이용해 주세요',
  },
  forbidden: neutralKo,
  no_grant: { code: 'NO_GRANT', repeat: '출입 권한이 없습니다', ticket: '이 구역의 출입 권한이 없습니다' },
  grant_not_in_force: {
    code: 'GRANT_NOT_IN_FORCE',
    repeat: '출입 가능 기간이 아닙니다',
    ticket: '이 구역의 출입 가능 기간이 아닙니다',
  },
  closed_now: {
    code: 'CLOSED_NOW',
    repeat: '지금은 이용 시간이 아닙니다',
    ticket: '지금은 이 구역의 이용 시간이 아닙니다',
  },
  pass_used_up: {
    code: 'PASS_USED_UP',
    repeat: '이용권을 모두 사용했습니다',
    ticket: '이용권을 모두 사용했습니다. 안내데스크에 문의해 주세요',
  },
  quota_spent: {
    code: 'QUOTA_SPENT',
    repeat: '이용 횟수를 모두 썼습니다',
    ticket: '정해진 이용 횟수를 모두 사용했습니다',
  },
  first_person_needed: {
    code: 'FIRST_PERSON_NEEDED',
    repeat: '담당자가 먼저 입장해야 합니다',
    ticket: '담당자가 먼저 입장한 뒤에 들어갈 수 있습니다',
  },
  second_person_needed: {
    code: 'SECOND_PERSON_NEEDED',
    repeat: '동행자도 인증해 주세요',
    ticket: '두 사람이 함께 인증해야 들어갈 수 있습니다',
  },
  anti_passback: {
    code: 'ANTI_PASSBACK',
    repeat: '이미 입장 처리되었습니다',
    ticket: '출입 기록이 맞지 않습니다. 안내데스크에 문의해 주세요',
  },
  area_full: {
    code: 'AREA_FULL',
    repeat: '정원이 찼습니다',
    ticket: '정원이 찼습니다. 잠시 후 다시 이용해 주세요',
  },
  guard_needed: technicalKo,
  unavailable: technicalKo,
  no_release: technicalKo,
  permitted_by_pass: {
    code: 'PERMITTED',
    repeat: '입장이 확인되었습니다',
    ticket: '이용권이 확인되었습니다. 입장해 주세요',
  },
  permitted: { code: 'PERMITTED', repeat: '입장이 확인되었습니다', ticket: '입장이 확인되었습니다' },
};

const en: Record<Reason, DefaultText> = {
  no_zone: { code: 'NO_ZONE', repeat: 'Device not set up', ticket: 'Device not set up. Please tell staff' },
  ambiguous_zone: {
    code: 'NO_ZONE',
    repeat: 'Device not set up',
    ticket: 'Device not set up. Please tell staff',
  },
  site_lockdown: { code: 'LOCKDOWN', repeat: 'Lockdown', ticket: 'Lockdown. Please follow instructions' },
  site_evacuation: { code: 'EVACUATION', repeat: 'Evacuation', ticket: 'Evacuation. Please do not come in' },
  evacuation_exit: {
    code: 'EVACUATION_EXIT',
    repeat: 'Please leave now',
    ticket: 'Please leave the building calmly',
  },
  unknown_member: neutralEn,
  member_suspended: neutralEn,
  deny_listed: neutralEn,
  not_yet_valid: {
    code: 'NOT_YET_VALID',
    repeat: 'Not valid yet',
    ticket: 'Your membership has not started yet',
  },
  expired: { code: 'EXPIRED', repeat: 'Membership over', ticket: 'Your membership is over. Please renew' },
  forbidden: neutralEn,
  no_grant: { code: 'NO_GRANT', repeat: 'No access here', ticket: 'You have no access to this place' },
  grant_not_in_force: {
    code: 'GRANT_NOT_IN_FORCE',
    repeat: 'No access today',
    ticket: 'Your access here is not in force now',
  },
  closed_now: {
    code: 'CLOSED_NOW',
    repeat: 'Closed for you now',
    ticket: 'Outside the hours of your access',
  },
  pass_used_up: {
    code: 'PASS_USED_UP',
    repeat: 'Pass used up',
    ticket: 'Your pass is used up. Please ask staff',
  },
  quota_spent: { code: 'QUOTA_SPENT', repeat: 'No visits left', ticket: 'You have used all your visits' },
  first_person_needed: {
    code: 'FIRST_PERSON_NEEDED',
    repeat: 'Wait for the host',
    ticket: 'Please wait until the host has come in',
  },
  second_person_needed: {
    code: 'SECOND_PERSON_NEEDED',
    repeat: 'Second person next',
    ticket: 'Two people have to check in together',
  },
  anti_passback: {
    code: 'ANTI_PASSBACK',
    repeat: 'Already checked in',
    ticket: 'Entry and exit do not match. Ask staff',
  },
  area_full: {
    code: 'AREA_FULL',
    repeat: 'Full at the moment',
    ticket: 'Full at the moment. Please come later',
  },
  guard_needed: technicalEn,
  unavailable: technicalEn,
  no_release: technicalEn,
  permitted_by_pass: { code: 'PERMITTED', repeat: 'Welcome', ticket: 'Pass accepted. Welcome' },
  permitted: { code: 'PERMITTED', repeat: 'Welcome', ticket: 'Welcome. Please come in' },
};

/** The text of every reason in both display lengths; a release replaces them one by one. */
export const DEFAULT_MESSAGES: Record<DefaultLocale, Record<Reason, DefaultText>> = { ko, en };
