import { readFileSync } from 'node:fs';
import path from 'node:path';
import { capsuleKinds } from '../../src/api/capsule/kinds.ts';
import { openApiSchema } from '../../src/api/crd/schema.ts';
import type { SchemaNode } from '../../src/api/crd/structural.ts';
import { kinds } from '../../src/api/kinds.ts';

const constraints = ['format', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'default'];

/**
 * What a structural schema accepts, one line per field and rule, without its prose: two schemas
 * with the same lines accept the same objects.
 */
function factsOf(node: SchemaNode, path = ''): string[] {
  const required = new Set(Array.isArray(node['required']) ? node['required'] : []);
  const rules = (node['x-kubernetes-validations'] ?? []) as { rule: string; message: string }[];
  const properties = (node['properties'] ?? {}) as Record<string, SchemaNode>;
  const lines = rules.map(({ rule, message }) => `${path} rule ${rule} => ${message}`);
  for (const [name, property] of Object.entries(properties)) {
    const own = path === '' ? name : `${path}.${name}`;
    lines.push(`${own} ${describeNode(property)}${required.has(name) ? ' required' : ''}`);
    lines.push(...factsOf(property, own));
  }
  for (const [key, suffix] of [
    ['items', '[]'],
    ['additionalProperties', '{}'],
  ] as const) {
    const child = node[key] as SchemaNode | undefined;
    if (child)
      lines.push(`${path}${suffix} ${describeNode(child)}`, ...factsOf(child, path + suffix));
  }
  return lines;
}

function describeNode(node: SchemaNode): string {
  const type = typeof node['type'] === 'string' ? node['type'] : 'any';
  const found = constraints.filter((key) => node[key] !== undefined);
  return type + found.map((key) => ` ${key}=${JSON.stringify(node[key])}`).join('');
}

/** The same lines, taken from the CRD that upstream's release ships. */
export function upstreamFacts(plural: string, version: string): string[] {
  const file = path.join(
    import.meta.dirname,
    '../../src/api/crd/__golden__',
    `${plural}.${version}.txt`,
  );
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

export function ourFacts(plural: string, version: string): string[] {
  const kind = [...kinds, ...capsuleKinds].find((each) => each.plural === plural);
  return kind ? factsOf(openApiSchema(kind, version)) : [];
}

/** The facts without rules over several fields. */
export const fieldsOf = (facts: readonly string[]) =>
  facts.filter((fact) => !fact.includes(' rule ')).map((fact) => fact.split(' ', 2).join(' '));
/** What `ours` has and `theirs` has not. */
export const beyond = (ours: readonly string[], theirs: readonly string[]) => {
  const known = new Set(theirs);
  return ours.filter((fact) => !known.has(fact));
};
