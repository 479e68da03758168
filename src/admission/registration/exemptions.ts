import type { MatchCondition } from '../../access/policy/policy.ts';
import { systemNamespaces } from '../../access/tenancy/tenant-namespaces.ts';

const ofNodes = `'system:nodes' in request.userInfo.groups`;
const ofControllers =
  `'system:serviceaccounts:kube-system' in request.userInfo.groups || ` +
  `request.userInfo.username in ['system:apiserver', 'system:kube-controller-manager', 'system:kube-scheduler']`;

/** Whose requests a hook is asked about; see HookDeclaration. */
const asked = {
  people: { name: 'not-of-the-cluster-itself', expression: `!(${ofNodes}) && !(${ofControllers})` },
  controllers: { name: 'of-controllers', expression: `!(${ofNodes}) && (${ofControllers})` },
  everybody: { name: 'not-of-nodes', expression: `!(${ofNodes})` },
};

/**
 * Who is never asked about by a hook: nodes and ourselves, and, but where a hook says so, the control
 * plane of Kubernetes. A cluster comes up, and heals, with no process of ours running.
 */
export function exemptRequests(
  home: string,
  asks: keyof typeof asked = 'people',
): MatchCondition[] {
  return [
    asked[asks],
    {
      name: 'not-of-the-control-plane-itself',
      expression: `!('system:serviceaccounts:${home}' in request.userInfo.groups)`,
    },
  ];
}

interface Selector {
  matchLabels?: Readonly<Record<string, string>>;
  matchExpressions?: readonly object[];
}

/** A hook's namespace selector without the namespaces of the cluster itself and ours. */
export function outsideOfSystem(selector: Selector, home: string): Record<string, unknown> {
  const { matchLabels, matchExpressions = [] } = selector;
  const exempt = {
    key: 'kubernetes.io/metadata.name',
    operator: 'NotIn',
    values: [...new Set([...systemNamespaces, home])],
  };
  return { ...(matchLabels && { matchLabels }), matchExpressions: [...matchExpressions, exempt] };
}
