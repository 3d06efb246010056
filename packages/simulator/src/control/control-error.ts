/** A command that could not be carried out. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  readonly status: 400 | 401 | 404 | 409 | 415;
  readonly code: string;

  constructor(status: ControlError['status'], code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
