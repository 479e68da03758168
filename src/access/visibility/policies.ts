import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import { celText } from '../policy/cel.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { isAdministratorCel } from '../tenancy/identity-cel.ts';

const { group, plural } = ProxySetting.type;

/** What the rule about ProxySettings looks at. */
export interface ProxySettingFacts {
  /** It shows objects that belong to no tenant. */
  isBeyondTenant: boolean;
  /** It says the same as before: a label or a finalizer changes. */
  isUnchanged: boolean;
  isAdministrator: boolean;
  /** Whether the caller may create ProxySettings in all namespaces. */
  mayEverywhere: boolean;
}

/**
 * What is cluster-scoped is the platform's. Whoever is bound to a powerful role in a namespace, as
 * what deploys to it often is, could otherwise show itself the nodes and volumes of all.
 */
const clusterScoped: Rule<ProxySettingFacts> = {
  name: 'proxysetting-cluster-scoped-by-platform',
  cel:
    `!variables.isBeyondTenant || variables.isUnchanged || variables.isAdministrator || ` +
    `authorizer.group(${celText(group)}).resource('${plural}').check('create').allowed()`,
  holds: ({ isBeyondTenant, isUnchanged, isAdministrator, mayEverywhere }) =>
    !isBeyondTenant || isUnchanged || isAdministrator || mayEverywhere,
  message:
    'clusterResources and proxySettings of a ProxySetting are given by those who may create ProxySettings in every namespace',
  remedy: 'have an administrator write the ProxySetting, or grant the same in the Tenant',
};

export const proxySettingRules = [clusterScoped];

/** The first ring around ProxySettings. */
export function proxySettingPolicies(configuration: string): Policy[] {
  return validatingPolicy<ProxySettingFacts>({
    name: 'proxysettings.tenantry.dev',
    resources: [
      {
        apiGroups: [group],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE'],
        resources: [plural],
      },
    ],
    matchConditions: [],
    variables: [
      {
        name: 'isBeyondTenant',
        expression:
          `has(object.spec) && object.spec.subjects.exists(s, ` +
          `(has(s.clusterResources) && size(s.clusterResources) > 0) || ` +
          `(has(s.proxySettings) && size(s.proxySettings) > 0))`,
      },
      {
        name: 'isUnchanged',
        expression: `oldObject != null && has(oldObject.spec) && has(object.spec) && object.spec == oldObject.spec`,
      },
      { name: 'isAdministrator', expression: isAdministratorCel(configuration) },
    ],
    rules: proxySettingRules,
  });
}
