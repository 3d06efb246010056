import type { MemberFacts } from '../store/member-directory.ts';

/**
 * Whether somebody may register a face: an active member whose validity is not over. It may still be to
 * begin, since people register before their first day.
 */
export function mayRegister({ status, validUntil }: MemberFacts, instantMs: number): boolean {
  return status === 'active' && (validUntil === undefined || instantMs < Date.parse(validUntil));
}
