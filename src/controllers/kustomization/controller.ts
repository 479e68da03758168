import { finalizer } from '../../api/finalizer.ts';
import { withClaim } from '../../api/kustomize/claim.ts';
import { Kustomization } from '../../api/kustomize/kustomization.ts';
import { defineController } from '../../runtime/controller.ts';
import { isRecord } from '../../base/json.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { cleanup } from './prune/cleanup.ts';
import { fieldManager } from './apply/field-manager.ts';
import { reconcile } from './reconcile.ts';
import { intervalMs, retryMs, timeoutMs } from './timing.ts';
import type { KustomizationDeps } from './work.ts';
import { GitRepository } from '../../api/source/git-repository.ts';

/** Builds a directory of a source and makes the cluster equal to it, as the tenant. */
export const kustomizationController = defineController<KustomizationDeps>()({
  kind: Kustomization,
  name: fieldManager,
  // Apart from the manager of applied objects: a Kustomization may itself be applied by another.
  fieldManager: `gotk-${fieldManager}`,
  finalizer,
  isHeldByRun: true,
  watches: [GitRepository.type, Kustomization.type, namespaceType],
  isRemote: (object) => isRecord(object?.['spec']) && 'kubeConfig' in object['spec'],
  isSuspended: ({ spec }) => spec.suspend ?? false,
  intervalMs: ({ spec }) => intervalMs(spec),
  retryMs: ({ spec }) => retryMs(spec),
  timeoutMs: ({ spec }) => timeoutMs(spec),
  eventMetadata({ status }) {
    const { lastAttemptedRevision: revision, lastAppliedRevision } = status ?? {};
    const origin = revision === lastAppliedRevision ? status?.lastAppliedOriginRevision : undefined;
    return { ...(revision && { revision }), ...(origin && { originRevision: origin }) };
  },
  reconcile: (object, deps, run) => reconcile(withClaim(object), deps, run),
  cleanup: (object, deps, run) => cleanup(withClaim(object), deps, run),
});
