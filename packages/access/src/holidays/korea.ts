import type { BuiltInCalendar } from './built-in-calendar.ts';

/**
 * Public holidays of the Republic of Korea (관공서의 공휴일), Sundays aside, with their substitute days.
 *
 * From 2026 Labor Day (1 May) and Constitution Day (17 July) are among them, by the amendments of the Act on
 * Public Holidays of February and April 2026. What nobody can know beforehand, a temporary holiday or an early
 * election, is added by the operator.
 */
export const KOREA: BuiltInCalendar = {
  name: '대한민국 공휴일',
  source:
    '공휴일에 관한 법률, 관공서의 공휴일에 관한 규정; 월력요항 2026 and 2027 (Korea AeroSpace Administration, published each June)',
  checkedOn: '2026-11-22',
  coversFrom: '2026-01-01',
  coversUntil: '2028-01-01',
  dates: [
    { date: '2026-01-01', name: '1월 1일' },
    { date: '2026-02-16', name: '설날 전날' },
    { date: '2026-02-17', name: '설날' },
    { date: '2026-02-18', name: '설날 다음날' },
    { date: '2026-03-01', name: '3·1절' },
    { date: '2026-03-02', name: '대체공휴일 (3·1절)' },
    { date: '2026-05-01', name: '노동절' },
    { date: '2026-05-05', name: '어린이날' },
    { date: '2026-05-24', name: '부처님 오신 날' },
    { date: '2026-05-25', name: '대체공휴일 (부처님 오신 날)' },
    { date: '2026-06-03', name: '전국동시지방선거일' },
    { date: '2026-06-06', name: '현충일' },
    { date: '2026-07-17', name: '제헌절' },
    { date: '2026-08-15', name: '광복절' },
    { date: '2026-08-17', name: '대체공휴일 (광복절)' },
    { date: '2026-09-24', name: '추석 전날' },
    { date: '2026-09-25', name: '추석' },
    { date: '2026-09-26', name: '추석 다음날' },
    { date: '2026-10-03', name: '개천절' },
    { date: '2026-10-05', name: '대체공휴일 (개천절)' },
    { date: '2026-10-09', name: '한글날' },
    { date: '2026-12-25', name: '기독탄신일' },
    { date: '2027-01-01', name: '1월 1일' },
    { date: '2027-02-06', name: '설날 전날' },
    { date: '2027-02-07', name: '설날' },
    { date: '2027-02-08', name: '설날 다음날' },
    { date: '2027-02-09', name: '대체공휴일 (설날)' },
    { date: '2027-03-01', name: '3·1절' },
    { date: '2027-05-01', name: '노동절' },
    { date: '2027-05-03', name: '대체공휴일 (노동절)' },
    { date: '2027-05-05', name: '어린이날' },
    { date: '2027-05-13', name: '부처님 오신 날' },
    { date: '2027-06-06', name: '현충일' },
    { date: '2027-07-17', name: '제헌절' },
    { date: '2027-07-19', name: '대체공휴일 (제헌절)' },
    { date: '2027-08-15', name: '광복절' },
    { date: '2027-08-16', name: '대체공휴일 (광복절)' },
    { date: '2027-09-14', name: '추석 전날' },
    { date: '2027-09-15', name: '추석' },
    { date: '2027-09-16', name: '추석 다음날' },
    { date: '2027-10-03', name: '개천절' },
    { date: '2027-10-04', name: '대체공휴일 (개천절)' },
    { date: '2027-10-09', name: '한글날' },
    { date: '2027-10-11', name: '대체공휴일 (한글날)' },
    { date: '2027-12-25', name: '기독탄신일' },
    { date: '2027-12-27', name: '대체공휴일 (기독탄신일)' },
  ],
};
