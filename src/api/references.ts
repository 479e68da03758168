import { z } from 'zod';

/** An object of a known kind in the namespace of whatever refers to it. */
export const LocalReference = z.object({
  name: z.string().describe('Name of the object, in the same namespace.'),
});
export type LocalReference = z.infer<typeof LocalReference>;

/** A key of a Secret in the same namespace. */
export const SecretKeyReference = z.object({
  key: z.string().describe('Key within the Secret; `value` by default.').exactOptional(),
  name: z.string().describe('Name of the Secret, in the same namespace.'),
});

/** Kinds a Kustomization may take its files from. */
export const sourceKinds = [
  'OCIRepository',
  'GitRepository',
  'Bucket',
  'ExternalArtifact',
] as const;

/** A source, possibly in another namespace. */
export const SourceReference = z.object({
  apiVersion: z.string().describe('API version of the source.').exactOptional(),
  kind: z.enum(sourceKinds).describe('Kind of the source.'),
  name: z.string().describe('Name of the source.'),
  namespace: z
    .string()
    .describe(
      'Namespace of the source; by default the namespace of the object that refers to it. ' +
        'Another namespace needs a grant: spec.accessFrom of the source.',
    )
    .exactOptional(),
});
export type SourceReference = z.infer<typeof SourceReference>;

/** Another object of the same kind that must be ready first. */
export const DependencyReference = z.object({
  name: z.string().describe('Name of the dependency.'),
  namespace: z
    .string()
    .describe('Namespace of the dependency; the same namespace by default.')
    .exactOptional(),
  readyExpr: z
    .string()
    .describe('CEL over `self` and `dep` that decides readiness instead of the built-in check.')
    .exactOptional(),
});
export type DependencyReference = z.infer<typeof DependencyReference>;

/** Any object whose health is waited for. */
export const ObjectReference = z.object({
  apiVersion: z.string().describe('API version of the object; apps/v1 by default.').exactOptional(),
  kind: z.string().describe('Kind of the object.'),
  name: z.string().describe('Name of the object.'),
  namespace: z
    .string()
    .describe('Namespace of the object; the same namespace by default.')
    .exactOptional(),
});
export type ObjectReference = z.infer<typeof ObjectReference>;
