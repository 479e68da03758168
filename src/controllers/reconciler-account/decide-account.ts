import { globalKubeconfigAnnotation, reconcilerAnnotation } from '../../api/annotations.ts';
import type { Account } from './names.ts';

/** What is known of a ServiceAccount, its home and who owns what. */
export interface AccountFacts {
  account: Account;
  annotations: Readonly<Record<string, string>>;
  /** Tenants of which an administrator named it an owner, sorted. */
  owned: readonly string[];
  /** Of those, the ones that declare it as what deploys them; with their kubeconfig everywhere, or not. */
  declared: ReadonlyMap<string, { everywhere: boolean }>;
  /** The tenant that its namespace belongs to; empty if it is none's. */
  homeTenant: string;
  /** Its namespace is the cluster's, or the control plane's own. */
  isSystemHome: boolean;
  isGoing: boolean;
}

/** What becomes of an account. */
export type AccountDecision =
  /** It deploys nothing by itself: what it got goes. */
  | { do: 'nothing' }
  /** It would, but may not: what it got goes as well, and `why` says what to change. */
  | { do: 'refuse'; why: string }
  /** It gets its role, and a kubeconfig, which is in all namespaces of the tenants `everywhere`. */
  | { do: 'equip'; owned: readonly string[]; everywhere: readonly string[] };

/**
 * Whether a ServiceAccount gets what deploying by Git takes. It must be an owner of a Tenant because
 * an administrator said so; being promoted by a label of the tenant's is not enough.
 */
export function decideAccount(facts: AccountFacts): AccountDecision {
  const { account, annotations, owned, declared, homeTenant } = facts;
  const isAnnotated = annotations[reconcilerAnnotation] === 'true';
  if (facts.isGoing || owned.length === 0 || !(isAnnotated || declared.size > 0)) {
    return { do: 'nothing' };
  }
  if (facts.isSystemHome) {
    const why = `namespace '${account.namespace}' is the cluster's own: keep the account that deploys a tenant in a namespace of its own`;
    return { do: 'refuse', why };
  }
  if (homeTenant !== '' && !owned.includes(homeTenant)) {
    const why = `namespace '${account.namespace}' belongs to a tenant that the account does not own: keep it in a namespace of its own tenant, or of none`;
    return { do: 'refuse', why };
  }
  const isGlobal = isAnnotated && annotations[globalKubeconfigAnnotation] === 'true';
  const everywhere = owned.filter(
    (tenant) => isGlobal || declared.get(tenant)?.everywhere === true,
  );
  return { do: 'equip', owned, everywhere };
}
