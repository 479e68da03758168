import type { DefinedHook } from './hook.ts';
import { ingressHosts } from './ingresses/hosts.ts';
import { tenantsMutating } from './tenants/mutating.ts';

/** The second ring: every webhook, with the rules it asks. */
export const hooks: readonly DefinedHook[] = [tenantsMutating, ingressHosts];
