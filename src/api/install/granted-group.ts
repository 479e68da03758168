/**
 * The group that a caller is a member of for one request, by which it changes what a Tenant grants it
 * through the tenant proxy: its rights, bound by the installation, are those of the grants, and all else
 * that is asked about the caller is asked about itself. Nobody can bring it along.
 */
export const grantedGroup = 'tenantry.dev:granted';
