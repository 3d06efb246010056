import { BadEnvironmentError, type Settings } from './env.ts';

/**
 * Variables that are each usable and together let nobody in, or more people than was meant.
 *
 * @throws BadEnvironmentError naming the one to change
 */
export function refuseContradictions(settings: Settings): void {
  const { PARTNER_TOKENS: partner = [], PARTNER_JWT, ADMIN_TOKEN, ADMIN_TOKENS = [] } = settings;
  if (partner.length > 0 && PARTNER_JWT?.header === 'authorization') {
    throw new BadEnvironmentError('PARTNER_JWT', 'beside PARTNER_TOKENS it needs a header of its own');
  }
  const isBoundToConnection =
    settings.PARTNER_CERTIFICATES !== undefined || settings.PARTNER_ADDRESSES !== undefined;
  if (settings.VALIDATE_SEAL_FOR === 'request-key' && !isBoundToConnection) {
    throw new BadEnvironmentError(
      'VALIDATE_SEAL_FOR',
      'request-key needs PARTNER_CERTIFICATES or PARTNER_ADDRESSES: a stolen token could read names',
    );
  }
  const admin = [
    ...(ADMIN_TOKEN === undefined ? [] : [ADMIN_TOKEN]),
    ...ADMIN_TOKENS.map(({ token }) => token),
  ];
  if (admin.some((token) => partner.includes(token))) {
    throw tokenOfBothSides();
  }
  const ids = ADMIN_TOKENS.map(({ id }) => id);
  if (hasRepeat(admin) || hasRepeat(ids)) {
    throw new BadEnvironmentError('ADMIN_TOKENS', 'expected every id and every token once');
  }
}

export function tokenOfBothSides(): BadEnvironmentError {
  return new BadEnvironmentError('PARTNER_TOKENS', 'FacePass would be an administrator by the same token');
}

function hasRepeat(values: readonly string[]): boolean {
  return new Set(values).size < values.length;
}
