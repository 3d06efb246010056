import { exports } from 'cloudflare:workers';
import type { MirrorRpc } from '@facepass-kit/protocol';

/**
 * The Worker's entrypoint as another Worker sees it. The runtime's own type of it maps every method's result
 * recursively, which does not end for JSON values; what comes back is what the interface says.
 */
export const service = exports.MirrorService as unknown as MirrorRpc;
