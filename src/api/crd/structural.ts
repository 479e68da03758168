import { requiredInKey } from '../fields.ts';

/** A node of a JSON schema, or of the structural schema that CRDs take. */
export type SchemaNode = { [key: string]: unknown };

/**
 * `node`, as zod writes JSON schema, as Kubernetes' structural schema of one served version
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema):
 * no closed objects, no bounds that only JavaScript has, and required fields as the version has them.
 */
export function toStructural(node: SchemaNode, version: string): SchemaNode {
  const { properties, items, additionalProperties, required, ...rest } = node;
  const structural = cleanLeaf(rest);
  if (isNode(items)) structural['items'] = toStructural(items, version);
  if (isNode(properties)) {
    Object.assign(structural, structuralProperties(properties, required, version));
  } else if (isNode(additionalProperties)) {
    // Structural schemas allow either properties or additionalProperties, never both.
    structural['additionalProperties'] = toStructural(additionalProperties, version);
  }
  return sortKeys(structural);
}

function structuralProperties(
  properties: SchemaNode,
  required: unknown,
  version: string,
): SchemaNode {
  const names = new Set(Array.isArray(required) ? required.map(String) : []);
  const converted: SchemaNode = {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isNode(property)) continue;
    const { [requiredInKey]: versions, ...rest } = property;
    const isRequired = Array.isArray(versions) && versions.includes(version);
    if (isRequired) {
      names.add(name);
      delete rest['default'];
    }
    converted[name] = toStructural(rest, version);
  }
  const list = [...names].sort();
  return { properties: sortKeys(converted), ...(list.length > 0 && { required: list }) };
}

/** The keywords of one node, without children. */
function cleanLeaf(node: SchemaNode): SchemaNode {
  const clean = { ...node };
  if (clean['maximum'] === Number.MAX_SAFE_INTEGER) delete clean['maximum'];
  if (clean['minimum'] === Number.MIN_SAFE_INTEGER) delete clean['minimum'];
  // RegExp.source escapes the slashes of a literal; Go's regexp needs none.
  const pattern = clean['pattern'];
  if (typeof pattern === 'string') clean['pattern'] = pattern.replaceAll('\\/', '/');
  return clean;
}

function sortKeys(node: SchemaNode): SchemaNode {
  return Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
