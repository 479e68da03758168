import type { EffectiveOwner } from '../../api/capsule/owner.ts';
import type { AdditionalRoleBinding } from '../../api/capsule/role-binding.ts';
import type { TenantRule } from '../../api/capsule/rules/rule.ts';
import { selects } from '../../kube/label-selector.ts';
import { serviceAccountUser } from '../service-account-user.ts';
import { rbacSubject } from './ownership.ts';

type Labels = Readonly<Record<string, string>>;

/** A ServiceAccount that carries a promotion label. */
export interface LabelledAccount {
  namespace: string;
  name: string;
  labels: Labels;
}

/** A namespace of the tenant, as far as rules select it. */
export interface SelectableNamespace {
  name: string;
  labels: Labels;
}

/** What a tenant's rules give to one ServiceAccount, and in which namespaces. */
export type Promotion = EffectiveOwner & { targets: string[] };

export interface PromotionsRequest {
  rules: readonly Pick<TenantRule, 'namespaceSelector' | 'permissions'>[];
  namespaces: readonly SelectableNamespace[];
  /** ServiceAccounts of these namespaces that carry the label `projectcapsule.dev/promote`. */
  accounts: readonly LabelledAccount[];
}

/**
 * The ServiceAccounts that rules promote: those of the namespaces that a rule selects get the
 * rule's roles in all of these. Roles of one rule never count in the namespaces of another.
 */
export function rulePromotions({ rules, namespaces, accounts }: PromotionsRequest): Promotion[] {
  const found = new Map<string, Promotion>();
  for (const { namespaceSelector, permissions } of rules) {
    const selected = namespaces.filter(({ labels }) => selects(namespaceSelector ?? {}, labels));
    const targets = selected.map(({ name }) => name).sort();
    for (const { clusterRoles = [], selector } of permissions?.promotions ?? []) {
      const promoted = accounts.filter(
        ({ namespace, labels }) => targets.includes(namespace) && selects(selector ?? {}, labels),
      );
      for (const account of promoted) add(found, account, { clusterRoles, targets });
    }
  }
  return [...found.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

function add(
  found: Map<string, Promotion>,
  { namespace, name }: LabelledAccount,
  { clusterRoles, targets }: Pick<Promotion, 'clusterRoles' | 'targets'>,
): void {
  if (clusterRoles.length === 0) return;
  const user = serviceAccountUser(namespace, name);
  const id = JSON.stringify([user, targets]);
  const roles = new Set([...(found.get(id)?.clusterRoles ?? []), ...clusterRoles]);
  found.set(id, { kind: 'ServiceAccount', name: user, clusterRoles: [...roles].sort(), targets });
}

/** The RoleBindings of one namespace that follow from promotions. */
export function promotionBindings(
  promotions: readonly Promotion[],
  namespace: string,
): AdditionalRoleBinding[] {
  return promotions
    .filter(({ targets }) => targets.includes(namespace))
    .flatMap((promotion) =>
      promotion.clusterRoles.map((clusterRoleName) => ({
        clusterRoleName,
        subjects: [rbacSubject(promotion)],
      })),
    );
}
