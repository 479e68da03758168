import { validatingPolicy, type Policy } from '../policy/policy.ts';
import { isCapsuleUserCel, type IdentityCelOptions } from '../tenancy/identity-cel.ts';
import { forbidsAnything, nodeRules, type NodeFacts, type NodeSettings } from './rules.ts';

const mapOf = (object: string, field: string) =>
  `has(${object}.metadata.${field}) ? ${object}.metadata.${field} : {}`;

/**
 * What users of Capsule may not set on nodes. Kubelets, and the parts of the cluster, are told apart
 * by their groups before anything else is looked at, and heartbeats are not matched at all.
 */
export function nodePolicies(settings: IdentityCelOptions & NodeSettings): Policy[] {
  return validatingPolicy<NodeFacts>({
    name: 'nodes.tenantry.dev',
    resources: [
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        operations: ['UPDATE'],
        resources: ['nodes', 'nodes/status'],
      },
    ],
    matchConditions: [
      { name: 'something-is-forbidden', expression: String(forbidsAnything(settings)) },
      {
        name: 'not-of-the-cluster',
        expression: `!request.userInfo.groups.exists(g, g in ['system:nodes', 'system:masters', 'system:serviceaccounts:kube-system'])`,
      },
      { name: 'by-user-of-capsule', expression: isCapsuleUserCel(settings) },
    ],
    variables: (['labels', 'annotations'] as const).flatMap((field) => [
      { name: field, expression: mapOf('object', field) },
      { name: `old_${field}`, expression: mapOf('oldObject', field) },
    ]),
    rules: nodeRules(settings),
  });
}
