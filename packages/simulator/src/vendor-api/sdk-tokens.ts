import { issueSdkToken } from '../world/sdk-token.ts';
import type { Endpoint } from './endpoint.ts';

export const verifyToken: Endpoint = {
  name: 'verify-token',
  method: 'POST',
  path: '/api/v1/merchant/verify-token',
  async handle({ world, merchant }) {
    return { token: await issueSdkToken(world, merchant, { purpose: 'verify' }) };
  },
};
