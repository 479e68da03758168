import { z } from 'zod';
import type { Kind } from '../define-kind.ts';
import { toStructural, type SchemaNode } from './structural.ts';

/** The OpenAPI schema of one served version of a kind: what a manifest may say. */
export function openApiSchema(kind: Kind<unknown, unknown>, version: string): SchemaNode {
  const status = structuralOf(kind.status, version);
  const fields = Object.entries(kind.fields ?? {}).map(([name, schema]) => [
    name,
    structuralOf(schema, version),
  ]);
  return {
    description: kind.description,
    properties: {
      apiVersion: { description: `${kind.group}/${version}.`, type: 'string' },
      kind: { description: `${kind.kind}.`, type: 'string' },
      metadata: { type: 'object' },
      spec: structuralOf(kind.spec, version),
      ...Object.fromEntries(fields),
      status:
        kind.statusDefault === undefined ? status : { default: kind.statusDefault, ...status },
    },
    type: 'object',
  };
}

function structuralOf(schema: z.ZodType, version: string): SchemaNode {
  const json = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input', reused: 'inline' });
  return toStructural({ ...json }, version);
}
