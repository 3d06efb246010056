/** A file that cannot be read at all. Says where; never repeats what stands there. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly code:
    | 'UNCLOSED_QUOTE'
    | 'RECORD_TOO_LONG'
    | 'NOT_UTF8'
    | 'BAD_HEADER'
    | 'EMPTY_FILE'
    | 'FILE_TOO_LARGE';
  readonly line: number;

  constructor(code: ImportError['code'], message: string, line = 1) {
    super(message);
    this.code = code;
    this.line = line;
  }
}
