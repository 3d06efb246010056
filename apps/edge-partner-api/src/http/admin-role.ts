/** What an administrator may do: look; run the doors; change people and rules. Each includes the ones before. */
export const ADMIN_ROLES = ['viewer', 'operator', 'admin'] as const;
export type AdminRole = (typeof ADMIN_ROLES)[number];

/** Who calls the admin API. */
export interface Principal {
  /** Names the caller in the audit trail: a token's id, or the address Cloudflare Access vouches for. */
  readonly id: string;
  readonly role: AdminRole;
}

export function hasRole(principal: Principal | undefined, role: AdminRole): boolean {
  return principal !== undefined && ADMIN_ROLES.indexOf(principal.role) >= ADMIN_ROLES.indexOf(role);
}
