import { formatKey, type KubeObject } from '../../kube/object.ts';
import type { Account } from './names.ts';

/** On everything that accounts get: what capsule-addon-fluxcd labels its own with. */
export const managedByLabel = 'app.kubernetes.io/managed-by';
export const managedByBridge = 'capsule-addon-fluxcd';

/** On the same: whose it is, as `namespace/name`. Without it nothing is ever changed or deleted. */
export const accountAnnotation = 'tenantry.dev/reconciler-account';

/** The object, marked as an account's. */
export function withMarks(object: KubeObject, account: Account): KubeObject {
  const { labels, annotations } = object.metadata;
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...labels, [managedByLabel]: managedByBridge },
      annotations: { ...annotations, [accountAnnotation]: formatKey(account) },
    },
  };
}

/** Whether the object is marked as the account's. */
export function isOf({ metadata }: KubeObject, account: Account): boolean {
  const { labels = {}, annotations = {} } = metadata;
  return (
    labels[managedByLabel] === managedByBridge &&
    annotations[accountAnnotation] === formatKey(account)
  );
}

/** The account that the object says it is of; undefined if it says none. */
export function accountOf({ metadata }: KubeObject): Account | undefined {
  const [namespace = '', name = '', ...rest] = (
    metadata.annotations?.[accountAnnotation] ?? ''
  ).split('/');
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name };
}
