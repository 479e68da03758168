import type { KubeObject } from '../../src/kube/object.ts';

/**
 * Kinds of the Gateway API as far as policies look at them: the definitions of that project are
 * megabytes. A Gateway must name a class, as there.
 */
export const gatewayKinds: KubeObject[] = [
  definition('Gateway', 'gateways', ['gatewayClassName']),
  definition('HTTPRoute', 'httproutes', []),
];

function definition(kind: string, plural: string, required: string[]): KubeObject {
  const group = 'gateway.networking.k8s.io';
  const spec = {
    type: 'object',
    ...(required.length > 0 && { required }),
    properties: { gatewayClassName: { type: 'string', minLength: 1 } },
    'x-kubernetes-preserve-unknown-fields': true,
  };
  const openAPIV3Schema = { type: 'object', properties: { spec } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a part of it for tests' },
    },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}
