import type { KubeObject } from '../../kube/object.ts';
import type { Kind, ServedVersion } from '../define-kind.ts';
import { openApiSchema } from './schema.ts';

/** The CustomResourceDefinition of a kind (apiextensions.k8s.io/v1). */
export function customResourceDefinition(kind: Kind<unknown, unknown>): KubeObject {
  const [storage] = kind.versions;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${kind.plural}.${kind.group}`,
      annotations: { ...kind.crdAnnotations },
    },
    spec: {
      group: kind.group,
      names: {
        categories: [...kind.categories],
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        shortNames: [...kind.shortNames],
        singular: kind.singular,
      },
      scope: kind.scope,
      versions: kind.versions.map((version) => servedVersion(kind, version, version === storage)),
    },
  };
}

function servedVersion(
  kind: Kind<unknown, unknown>,
  { name, deprecationWarning }: ServedVersion,
  storage: boolean,
): Record<string, unknown> {
  return {
    name,
    served: true,
    storage,
    ...(deprecationWarning !== undefined && { deprecated: true, deprecationWarning }),
    additionalPrinterColumns: kind.columns.map(({ name, type, jsonPath }) => ({
      name,
      type,
      jsonPath,
    })),
    schema: { openAPIV3Schema: openApiSchema(kind, name) },
    subresources: { status: {} },
  };
}
