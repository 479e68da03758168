import { globalKubeconfigAnnotation, reconcilerAnnotation } from '../../api/annotations.ts';
import type { KubeObject } from '../../kube/object.ts';
import { celAnnotation, celText } from '../policy/cel.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { isAdministratorCel } from '../tenancy/identity-cel.ts';

/** The ClusterRole that an annotated account is bound to in its namespace. */
export const homeRole = 'cluster-admin';

const annotations = [reconcilerAnnotation, globalKubeconfigAnnotation];

/** What the rule about annotated ServiceAccounts looks at. */
export interface ReconcilerFacts {
  /** An annotation gets the value that means something; see {@link isAnnotating}. */
  isAnnotating: boolean;
  isAdministrator: boolean;
  /** Whether the caller may bind {@link homeRole} in the namespace. */
  mayBindHomeRole: boolean;
}

/** Whether a write of a ServiceAccount puts one of the annotations on. */
export function isAnnotating(object: KubeObject, oldObject?: KubeObject): boolean {
  const isOn = (key: string, from?: KubeObject) => from?.metadata.annotations?.[key] === 'true';
  return annotations.some((key) => isOn(key, object) && !isOn(key, oldObject));
}

const isAnnotatingCel = annotations
  .map((key) => {
    const isOn = (object: string) => `${celAnnotation(object, key)} == 'true'`;
    return `(${isOn('object')} && (oldObject == null || !(${isOn('oldObject')})))`;
  })
  .join(' || ');

const mayBindCel =
  `authorizer.group('rbac.authorization.k8s.io').resource('clusterroles').name(${celText(homeRole)})` +
  `.namespace(request.namespace).check('bind').allowed()`;

/** Nobody gains by the annotations what they could not have given the account themselves. */
export const annotatedByThoseWhoMayBind: Rule<ReconcilerFacts> = {
  name: 'reconciler-annotated-by-those-who-may-bind',
  cel: `variables.isAdministrator || ${mayBindCel}`,
  holds: ({ isAnnotating: annotates, isAdministrator, mayBindHomeRole }) =>
    !annotates || isAdministrator || mayBindHomeRole,
  message: `who puts ${reconcilerAnnotation} or ${globalKubeconfigAnnotation} on a ServiceAccount must be allowed to bind ${homeRole} in its namespace, which the account is given`,
  remedy: `an administrator puts the annotation on, or declares the account in spec.gitops of the Tenant`,
};

/** The first ring around accounts that deploy tenants: in whichever namespace they are. */
export function reconcilerPolicies(configuration: string): Policy[] {
  return validatingPolicy<ReconcilerFacts>({
    name: 'reconcilers.tenantry.dev',
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['CREATE', 'UPDATE'],
        resources: ['serviceaccounts'],
      },
    ],
    matchConditions: [{ name: 'annotating', expression: isAnnotatingCel }],
    variables: [{ name: 'isAdministrator', expression: isAdministratorCel(configuration) }],
    rules: [annotatedByThoseWhoMayBind],
  });
}
