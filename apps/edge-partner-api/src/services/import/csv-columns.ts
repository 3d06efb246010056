import { ImportError } from './import-error.ts';

/** What a column holds: a field of a member, or a tag by its name. */
export type Column = { readonly header: string } & (
  | { readonly field: Field }
  | { readonly field: 'tag'; readonly tag: string }
);

type Field = keyof typeof HEADERS;

/** Headers of each field, compared without spaces, case and the form in which Hangul is composed. */
const HEADERS = {
  merchantUserKey: ['merchantuserkey', '회원번호', '회원키', '사번'],
  status: ['status', '상태'],
  groups: ['groups', '그룹', '소속'],
  validFrom: ['validfrom', '시작일', '유효시작일'],
  validUntil: ['validuntil', '종료일', '만료일', '유효종료일'],
  locale: ['locale', '언어'],
  readmit: ['readmit', '재등록'],
  name: ['name', '이름', '성명'],
  phoneNumber: ['phonenumber', '휴대폰번호', '휴대전화', '전화번호'],
  birthDate: ['birthdate', '생년월일'],
  ci: ['ci'],
} as const;

const TAG = /^(?:tag|태그):(.+)$/is;
const IDENTITY = new Set<string>(['name', 'phoneNumber', 'birthDate', 'ci']);

/** @throws ImportError `BAD_HEADER` saying which column, by its number: what stands there may be somebody's data */
export function readHeader(cells: readonly string[]): Column[] {
  const columns = cells.map((cell, position): Column => {
    const header = cell.normalize('NFC').trim();
    const tag = TAG.exec(header)?.[1]?.trim();
    if (tag !== undefined) return { header: 'tag', field: 'tag', tag };
    const field = fieldOf(header.replaceAll(/[\s_-]/g, '').toLowerCase());
    if (field !== undefined) return { header, field };
    throw new ImportError(
      'BAD_HEADER',
      `Column ${position + 1} of the first line is not known. Known are ${Object.keys(HEADERS).join(', ')} and tag:<name>, separated by commas.`,
    );
  });
  const names = columns.map((column) => (column.field === 'tag' ? `tag:${column.tag}` : column.field));
  if (new Set(names).size !== names.length || !names.includes('merchantUserKey')) {
    throw new ImportError('BAD_HEADER', 'The first line must name merchantUserKey, and no column twice.');
  }
  return columns;
}

function fieldOf(name: string): Field | undefined {
  for (const field of Object.keys(HEADERS)) {
    // The keys of the table are its fields.
    const known = field as Field;
    if ((HEADERS[known] as readonly string[]).includes(name)) return known;
  }
  return undefined;
}

/** What a row writes. */
export interface RowWrite {
  /** As the schema of a member takes it. */
  readonly member: object;
  /** Tags whose cell is empty. */
  readonly clearedTags: readonly string[];
}

/** What an empty cell says of a column that is there. Nobody has no status, and an empty `readmit` asks for nothing. */
const EMPTY: Readonly<Record<string, unknown>> = {
  groups: [],
  validFrom: null,
  validUntil: null,
  locale: null,
};

/** Reads a row; dates at `utcOffset`. */
export function readRow(columns: readonly Column[], cells: readonly string[], utcOffset: string): RowWrite {
  const member: Record<string, unknown> = {};
  const identity: Record<string, string | null> = {};
  const tags: [string, string][] = [];
  const clearedTags: string[] = [];
  for (const [position, column] of columns.entries()) {
    const text = cells[position]?.trim() ?? '';
    const { field } = column;
    if (field === 'tag') {
      if (text === '') clearedTags.push(column.tag);
      else tags.push([column.tag, text]);
    } else if (IDENTITY.has(field)) {
      identity[field] = text === '' ? null : field === 'name' || field === 'ci' ? text : digits(text);
    } else {
      member[field] = text === '' ? EMPTY[field] : fieldValue(field, text, utcOffset);
    }
  }
  // A line that tells nothing of who somebody is does not say that nothing is known.
  const isIdentified = Object.values(identity).some((text) => text !== null);
  return {
    member: { ...member, tags: Object.fromEntries(tags), ...(isIdentified ? { identity } : {}) },
    clearedTags,
  };
}

function fieldValue(field: Field, text: string, utcOffset: string): unknown {
  switch (field) {
    case 'status':
      return STATUS[text.normalize('NFC')] ?? text;
    case 'groups':
      return text.split(/[;|]/).map((group) => group.trim());
    case 'validFrom':
      return isDate(text) ? `${text}T00:00:00${utcOffset}` : text;
    case 'validUntil':
      // The last day is meant as a whole, and the schema takes the first instant that is too late.
      return isDate(text) ? `${dayAfter(text)}T00:00:00${utcOffset}` : text;
    case 'readmit':
      return text === 'true' ? true : text === 'false' ? false : text;
    default:
      return text;
  }
}

const STATUS: Readonly<Record<string, string>> = { 활성: 'active', 정상: 'active', 정지: 'suspended' };

/** A day of the calendar: `2026-02-30` is none, though a date can be made of it. */
function isDate(text: string): boolean {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(day) && new Date(day).toISOString().startsWith(text);
}

function dayAfter(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}

/** Phone numbers and birth dates are written with separators. */
function digits(text: string): string {
  return text.replaceAll(/[\s.-]/g, '');
}
