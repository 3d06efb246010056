/**
 * What wrangler.jsonc puts into the bundle in place of zod's English: the same sentences for what our schemas ask for,
 * without the names of formats that none of them has.
 */
const kindOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
const textOf = (value) => (typeof value === 'string' ? `"${value}"` : String(value));
const bound = (word, sign, { exact, inclusive, origin }, limit) => {
  const unit = { string: 'characters', array: 'items' }[origin];
  const relation = exact ? 'exactly ' : inclusive ? `${sign}=` : sign;
  return `${word}: expected ${origin} to ${unit === undefined ? 'be' : 'have'} ${relation}${limit} ${unit ?? ''}`.trim();
};

function sentenceFor(issue) {
  switch (issue.code) {
    case 'invalid_type':
      return `Invalid input: expected ${issue.expected}, received ${kindOf(issue.input)}`;
    case 'invalid_value':
      return `Invalid option: expected one of ${issue.values.map(textOf).join('|')}`;
    case 'too_big':
      return bound('Too big', '<', issue, issue.maximum);
    case 'too_small':
      return bound('Too small', '>', issue, issue.minimum);
    case 'invalid_format':
      return issue.pattern === undefined
        ? `Invalid ${issue.format}`
        : `Invalid ${issue.format}: must match ${issue.pattern}`;
    case 'unrecognized_keys':
      return `Unrecognized key${issue.keys.length > 1 ? 's' : ''}: ${issue.keys.map(textOf).join(', ')}`;
    default:
      return 'Invalid input';
  }
}

export default function english() {
  return { localeError: sentenceFor };
}
