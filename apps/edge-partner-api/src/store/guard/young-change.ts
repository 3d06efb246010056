import type { PersonReference } from '@facepass-kit/protocol';
import type { MemberVersion } from '../member-directory.ts';
import type { Names } from './names.ts';
import type { Overlay } from './overlay.ts';

export interface YoungChangeParts {
  readonly names: Pick<Names, 'of'>;
  readonly overlay: Pick<Overlay, 'get'>;
}

/** The last change of somebody, while KV may not show it yet. */
export function youngChange(
  { names, overlay }: YoungChangeParts,
  { hmac, former }: PersonReference,
): MemberVersion | null {
  const person = names.of({ hmac, former });
  const young = overlay.get(person);
  if (former === undefined || person === hmac) return young;
  // Who is not known as somebody renamed may have been, before the former names were forgotten: what is said of the
  // former name then is no more than that KV drops it.
  const own = overlay.get(hmac);
  return own !== null && (young === null || young.version <= own.version) ? own : young;
}
