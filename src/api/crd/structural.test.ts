import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anyJson, duration, int64, requiredIn, stringMap, withRules } from '../fields.ts';
import { toStructural, type SchemaNode } from './structural.ts';

function convert(schema: z.ZodType, version = 'v1'): SchemaNode {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' });
  return toStructural({ ...json }, version);
}
const property = (schema: z.ZodType, name: string) =>
  (convert(schema)['properties'] as Record<string, SchemaNode>)[name];

describe('a zod schema as a structural schema', () => {
  test('is open: unknown fields are pruned by the API server, not refused', () => {
    expect(convert(z.strictObject({ a: z.string() }))).toEqual({
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
    });
  });

  test('keeps maps as additionalProperties', () => {
    expect(convert(stringMap)).toEqual({
      type: 'object',
      additionalProperties: { type: 'string' },
    });
  });

  test('drops the bounds that only JavaScript has, and keeps those that were declared', () => {
    expect(property(z.object({ n: int64 }), 'n')).toEqual({ type: 'integer', format: 'int64' });
    expect(property(z.object({ n: int64.min(0) }), 'n')).toEqual({
      type: 'integer',
      format: 'int64',
      minimum: 0,
    });
  });

  test('writes patterns as Go reads them', () => {
    const url = z.string().regex(/^https?:\/\/.+$/);
    expect(property(z.object({ url }), 'url')).toEqual({
      type: 'string',
      pattern: '^https?://.+$',
    });
  });

  test('keeps arbitrary JSON arbitrary', () => {
    expect(convert(z.object({ list: z.array(anyJson) }))).toEqual({
      type: 'object',
      properties: {
        list: { type: 'array', items: { 'x-kubernetes-preserve-unknown-fields': true } },
      },
      required: ['list'],
    });
  });

  test('sorts fields, so that moving a declaration changes nothing', () => {
    const one = convert(z.object({ b: z.string(), a: z.string() }));
    const other = convert(z.object({ a: z.string(), b: z.string() }));
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
  });

  test('requires a field in the versions that do, and defaults it in the others', () => {
    const schema = z.object({ spec: z.object({ every: requiredIn(['v1'], duration, '1m') }) });
    const every = (version: string) =>
      (convert(schema, version)['properties'] as { spec: SchemaNode }).spec;
    const pattern = '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$';
    expect(every('v1')).toEqual({
      type: 'object',
      properties: { every: { type: 'string', pattern } },
      required: ['every'],
    });
    expect(every('v1beta1')).toEqual({
      type: 'object',
      properties: { every: { type: 'string', pattern, default: '1m' } },
    });
  });

  test('carries rules into lists, and survives descriptions and optionality', () => {
    const rule = { rule: 'has(self.a)', message: 'say a', holds: () => true };
    const item = withRules(z.object({ a: z.string().exactOptional() }), [rule]);
    const schema = z.object({ list: z.array(item.describe('An item.')).exactOptional() });
    expect(property(schema, 'list')).toEqual({
      type: 'array',
      items: {
        description: 'An item.',
        type: 'object',
        properties: { a: { type: 'string' } },
        'x-kubernetes-validations': [{ message: 'say a', rule: 'has(self.a)' }],
      },
    });
  });
});
