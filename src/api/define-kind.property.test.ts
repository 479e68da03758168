import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidSpecError } from './decode.ts';
import { kinds } from './kinds.ts';
import { openApiSchema } from './crd/schema.ts';
import type { SchemaNode } from './crd/structural.ts';

/** Values that mostly fit a schema node, with anything in between. */
function valueFor(node: SchemaNode): fc.Arbitrary<unknown> {
  const noise = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(undefined));
  return fc.oneof({ weight: 150, arbitrary: fitting(node) }, { weight: 1, arbitrary: noise });
}

function fitting(node: SchemaNode): fc.Arbitrary<unknown> {
  const { enum: values, type, pattern } = node;
  if (Array.isArray(values)) return fc.constantFrom(...(values as unknown[]));
  switch (type) {
    case 'object':
      return objectFor(node);
    case 'array':
      return fc.array(valueFor(node['items'] as SchemaNode), { maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer();
    case 'string':
      return typeof pattern === 'string' ? matching(pattern) : bounded(node);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

/** Texts of which some match any pattern of ours. */
function matching(pattern: string): fc.Arbitrary<string> {
  const known = ['1m', '50%', '90s', 'https://host/r', 'ssh://a', 'Ready', 'sha256:abc'];
  return fc.constantFrom(...known.filter((text) => new RegExp(pattern).test(text)));
}

function bounded({ minLength, maxLength }: SchemaNode): fc.Arbitrary<string> {
  return fc.string({ minLength: Number(minLength ?? 0), maxLength: Number(maxLength ?? 20) });
}

function objectFor(node: SchemaNode): fc.Arbitrary<unknown> {
  const { properties, required, additionalProperties } = node;
  if (additionalProperties) {
    return fc.dictionary(fc.string(), valueFor(additionalProperties as SchemaNode));
  }
  const entries = Object.entries((properties ?? {}) as Record<string, SchemaNode>);
  return fc.record(Object.fromEntries(entries.map(([name, child]) => [name, valueFor(child)])), {
    requiredKeys: (required ?? []) as string[],
  });
}

describe.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (_name, kind) => {
  const { properties } = openApiSchema(kind, 'v1') as { properties: Record<string, SchemaNode> };
  const decode = (spec: unknown, status?: unknown) =>
    kind.decode({
      apiVersion: `${kind.group}/v1`,
      kind: kind.kind,
      metadata: { name: 'a' },
      spec,
      status,
    });

  test('decoding an arbitrary spec ends in a spec that decodes to itself, or in one kind of error', () => {
    let decoded = 0;
    fc.assert(
      fc.property(valueFor(properties['spec'] ?? {}), (spec) => {
        try {
          const once = decode(spec).spec;
          decoded++;
          expect(decode(once).spec).toEqual(once);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidSpecError);
          expect((error as Error).message.length).toBeLessThan(3000);
        }
      }),
      { numRuns: 500 },
    );
    expect(decoded).toBeGreaterThan(0);
  });

  test('a message never quotes a value', () => {
    const secret = 'S3CRET-VALUE';
    const planted = fc.constantFrom<unknown>(secret, [secret], { a: secret }, { name: [secret] });
    const names = Object.keys(properties['spec']?.['properties'] as object);
    fc.assert(
      fc.property(fc.constantFrom(...names), planted, (name, value) => {
        try {
          decode({ [name]: value });
        } catch (error) {
          expect((error as Error).message).not.toContain(secret);
        }
      }),
    );
  });

  test('an arbitrary status is never an error', () => {
    const spec = {
      url: 'https://host/r',
      sourceRef: { kind: 'GitRepository', name: 'a' },
    };
    fc.assert(
      fc.property(valueFor(properties['status'] ?? {}), (status) => {
        const { status: once } = decode(spec, status);
        expect(decode(spec, once).status).toEqual(once);
      }),
    );
  });
});
