import type { SchemaNode } from '../crd/structural.ts';

/** One row of a reference table. */
export interface FieldRow {
  /** `spec.dependsOn[].name`. */
  path: string;
  type: string;
  required: boolean;
  /** What may be written: enum, pattern, lengths, default; empty when anything of the type may. */
  allowed: string;
  description: string;
}

/** Every field below `node`, depth first, in the order of the schema. */
export function fieldRows(node: SchemaNode, path: string): FieldRow[] {
  const properties = childrenOf(node);
  const required = new Set(Array.isArray(node['required']) ? node['required'] : []);
  return Object.entries(properties).flatMap(([name, property]) => {
    const own = `${path}.${name}`;
    const row: FieldRow = {
      path: own,
      type: typeOf(property),
      required: required.has(name),
      allowed: allowedOf(property),
      description: typeof property['description'] === 'string' ? property['description'] : '',
    };
    return [row, ...fieldRows(property, own), ...fieldRows(itemsOf(property), `${own}[]`)];
  });
}

/** Rules over several fields, as the API server says them. */
export function ruleMessages(node: SchemaNode): string[] {
  const own = Array.isArray(node['x-kubernetes-validations'])
    ? (node['x-kubernetes-validations'] as { message: string }[]).map(({ message }) => message)
    : [];
  const below = Object.values(childrenOf(node)).flatMap(ruleMessages);
  return [...new Set([...own, ...below])];
}

function childrenOf(node: SchemaNode): Record<string, SchemaNode> {
  return (node['properties'] ?? {}) as Record<string, SchemaNode>;
}

function itemsOf(node: SchemaNode): SchemaNode {
  return (node['items'] ?? {}) as SchemaNode;
}

function typeOf(node: SchemaNode): string {
  if (node['type'] === 'array') return `list of ${typeOf(itemsOf(node))}`;
  if (node['additionalProperties'] !== undefined) return 'map of string';
  const [format, type] = [node['format'], node['type']];
  if (typeof format === 'string') return format;
  return typeof type === 'string' ? type : 'any';
}

function allowedOf(node: SchemaNode): string {
  const target = node['type'] === 'array' ? itemsOf(node) : node;
  const parts: string[] = [];
  if (Array.isArray(target['enum'])) parts.push(target['enum'].map(code).join(', '));
  if (target['pattern'] !== undefined) parts.push(code(target['pattern']));
  const { minLength = 0, maxLength } = target;
  if (typeof maxLength === 'number') parts.push(`${Number(minLength)}–${maxLength} characters`);
  if (node['default'] !== undefined) parts.push(`default ${code(node['default'])}`);
  return parts.join('; ');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
