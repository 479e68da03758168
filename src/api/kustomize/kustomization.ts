import { z } from 'zod';
import { substituteDisabled } from '../annotations.ts';
import { ageColumn, readyColumn, statusColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { anyJson, duration, requiredIn } from '../fields.ts';
import { Image } from '../image.ts';
import { KubeConfigReference } from '../kubeconfig-ref.ts';
import { CommonMetadata } from '../meta.ts';
import { JsonPatch, Patch, Selector } from '../patch.ts';
import { DependencyReference, ObjectReference, SourceReference } from '../references.ts';
import { Decryption, HealthCheckExpression, PostBuild, PruneGuard } from './parts.ts';
import { KustomizationStatus } from './status.ts';
import { foldLegacyFields } from './legacy.ts';

const affix = z.string().min(1).max(200);

const IgnoreRule = z.object({
  paths: z.array(z.string()).describe('JSON pointers (RFC 6901) of the fields to leave alone.'),
  target: Selector.describe('The objects the rule is about; all by default.').exactOptional(),
});

const wireSpec = z
  .object({
    buildMetadata: z
      .array(z.enum(['originAnnotations', 'transformerAnnotations']))
      .describe('Annotations by which kustomize records where an object came from.')
      .exactOptional(),
    commonMetadata: CommonMetadata.exactOptional(),
    components: z
      .array(z.string())
      .describe('Kustomize components to add: paths within the artifact, relative to `path`.')
      .exactOptional(),
    decryption: Decryption.describe('How encrypted manifests are decrypted.').exactOptional(),
    deletionPolicy: z
      .enum(['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'])
      .describe(
        'What becomes of the applied objects when this Kustomization is deleted. MirrorPrune, the default: deleted if `prune` is true, else left.',
      )
      .exactOptional(),
    dependsOn: z
      .array(DependencyReference)
      .describe('Kustomizations that must be ready before this one is applied.')
      .exactOptional(),
    driftDetection: z
      .object({
        mode: z
          .enum(['correct', 'warn', 'off'])
          .describe(
            'correct, the default: put right at once. warn: told by an event and the condition Drifted, and left until the revision or the spec changes or a reconcile is requested. off: not looked for between reconciles, each of which puts it right.',
          )
          .exactOptional(),
      })
      .describe('What is done when others change or delete what was applied.')
      .exactOptional(),
    force: z
      .boolean()
      .describe('Recreate objects whose change the API server calls immutable.')
      .default(false),
    healthCheckExprs: z
      .array(HealthCheckExpression)
      .describe('Health of custom resources in CEL; used with `wait` or `healthChecks`.')
      .exactOptional(),
    healthChecks: z
      .array(ObjectReference)
      .describe('Objects that must become healthy, at most 256; ignored with `wait`.')
      .exactOptional(),
    ignore: z
      .array(IgnoreRule)
      .describe('Fields of applied objects that are left to others.')
      .exactOptional(),
    ignoreMissingComponents: z
      .boolean()
      .describe('Skip the components that the artifact does not have.')
      .exactOptional(),
    images: z.array(Image).describe('Image names, tags and digests to replace.').exactOptional(),
    interval: requiredIn(
      ['v1'],
      duration.describe(
        'How often to reconcile without a cause, give or take some jitter. Required in v1; 10m in older versions.',
      ),
      '10m',
    ),
    kubeConfig: KubeConfigReference.exactOptional(),
    namePrefix: affix.describe('Put before the name of each object.').exactOptional(),
    nameSuffix: affix.describe('Put after the name of each object.').exactOptional(),
    patches: z
      .array(Patch)
      .describe('Strategic merge and JSON 6902 patches, after those in Git.')
      .exactOptional(),
    patchesJson6902: z
      .array(JsonPatch)
      .describe('Deprecated, from v1beta1 and v1beta2: use `patches`. Applied after `patches`.')
      .exactOptional(),
    patchesStrategicMerge: z
      .array(anyJson)
      .describe('Deprecated, from v1beta1 and v1beta2: use `patches`. Applied before `patches`.')
      .exactOptional(),
    path: z
      .string()
      .describe(
        'Directory of the artifact with a kustomization.yaml, or with plain YAML; its root by default.',
      )
      .exactOptional(),
    postBuild: PostBuild.describe('What is done to the built objects.').exactOptional(),
    prune: requiredIn(
      ['v1'],
      z
        .boolean()
        .describe(
          'Delete the objects that are no longer in Git. Required in v1; false in older versions.',
        ),
      false,
    ),
    pruneGuard: PruneGuard.describe(
      'Which deletions of a change wait for an explicit go; --prune-guard if absent.',
    ).exactOptional(),
    retryInterval: duration
      .describe('How long to wait after a failure; `interval` by default.')
      .exactOptional(),
    serviceAccountName: z
      .string()
      .describe(
        'ServiceAccount of the namespace that everything is read and applied as; --default-service-account if absent.',
      )
      .exactOptional(),
    sourceRef: SourceReference.describe('Where the files come from.'),
    suspend: z.boolean().describe('Stop reconciling; what was applied stays.').exactOptional(),
    targetNamespace: z
      .string()
      .min(1)
      .max(63)
      .describe('Namespace that every namespaced object is put into.')
      .exactOptional(),
    timeout: duration
      .describe(
        'Ceiling of one apply and of its health checks, at least 30s; `interval` less 30s by default.',
      )
      .exactOptional(),
    validation: z
      .enum(['none', 'client', 'server'])
      .describe(
        'Deprecated, from v1beta1 and v1beta2. Accepted and without effect: the API server always validates.',
      )
      .exactOptional(),
    wait: z
      .boolean()
      .describe('Wait until all applied objects are healthy; replaces `healthChecks`.')
      .exactOptional(),
  })
  .describe('What to build from a source, and how to apply it.');

/** Kustomization.spec; see docs/kinds/kustomization.md. */
export const KustomizationSpec = wireSpec.transform(foldLegacyFields);
export type KustomizationSpec = z.output<typeof KustomizationSpec>;

/** A directory of a source, built by kustomize and applied as the tenant. */
export const Kustomization = defineKind({
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  plural: 'kustomizations',
  singular: 'kustomization',
  shortNames: ['ks'],
  categories: ['all', 'fluxcd', 'fluxcd-appliers'],
  scope: 'Namespaced',
  versions: [
    { name: 'v1' },
    { name: 'v1beta2', deprecationWarning: 'v1beta2 Kustomization is deprecated, upgrade to v1' },
    { name: 'v1beta1', deprecationWarning: 'v1beta1 Kustomization is deprecated, upgrade to v1' },
  ],
  description: 'A directory of a source, built by kustomize and applied as the tenant.',
  columns: [ageColumn, readyColumn, statusColumn],
  shape: {
    revision: ['status', 'lastAppliedRevision'],
    source: ['spec', 'sourceRef'],
    inventory: ['status', 'inventory', 'entries'],
  },
  crdAnnotations: substituteDisabled,
  statusDefault: { observedGeneration: -1 },
  spec: KustomizationSpec,
  status: KustomizationStatus,
});
export type Kustomization = ObjectOf<typeof Kustomization>;
