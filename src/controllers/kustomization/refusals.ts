import { Reason } from '../../api/reasons.ts';
import { unsupportedKustomizationFields } from '../../api/kustomize/unsupported.ts';
import { unsupportedMessage, unsupportedWhen } from '../../api/unsupported.ts';
import { denied, ReconcileError, stalled } from '../../base/errors.ts';
import { KubeApiError } from '../../kube/api-error.ts';
import { KubeconfigError, parseKubeconfig, selectContext } from '../../kube/kubeconfig-document.ts';
import { kubeconfigRisks, risksOf } from '../../kube/kubeconfig-policy.ts';
import { formatKey } from '../../kube/object.ts';
import { secretType } from '../shared/core-resources.ts';
import { dependencyKeys } from './dependencies/dependencies.ts';
import type { Preparation, ReconciledKustomization } from './work.ts';

/**
 * Refuses what the spec asks for and we do not do, before anything is read for it. Throws
 * `stalled`; a kubeconfig that could harm us is refused by what is wrong with it.
 */
export async function refuseUnsupported(
  object: ReconciledKustomization,
  work: Preparation,
): Promise<void> {
  const { spec } = object;
  if (spec.kubeConfig) await refuseKubeconfig(work);
  const fields = [
    ...unsupportedKustomizationFields(object),
    ...unsupportedWhen(
      (spec.ignore ?? []).length > 0,
      'spec.ignore',
      'leave the fields out of the manifests instead',
    ),
  ];
  if (fields.length > 0) throw stalled(Reason.InvalidSpec, unsupportedMessage(fields));
}

/** Throws when the kubeconfig itself would be refused, which is the better thing to be told. */
async function refuseKubeconfig({ me, spec, actor, run }: Preparation): Promise<void> {
  const ref = spec.kubeConfig?.secretRef;
  if (!ref) return;
  const key = { namespace: me.namespace, name: ref.name };
  try {
    const secret = await actor.client.get(secretType, key, { signal: run.signal });
    // v1 Secret: the API server has checked that `data` maps strings to base64.
    const data = (secret['data'] ?? {}) as Record<string, string>;
    const encoded = ref.key ? data[ref.key] : (data['value'] ?? data['value.yaml']);
    const text = Buffer.from(encoded ?? '', 'base64').toString();
    const risks = risksOf(selectContext(parseKubeconfig(text)));
    if (risks.length === 0) return;
    const why = risks.map((risk) => kubeconfigRisks[risk]).join('; ');
    const message = `the kubeconfig in Secret '${formatKey(key)}' is refused: it ${why}`;
    throw stalled(Reason.InvalidSpec, message);
  } catch (error) {
    if (error instanceof ReconcileError) throw error;
    // Unreadable or malformed: that kubeConfig is not supported says enough.
    if (!(error instanceof KubeApiError || error instanceof KubeconfigError)) throw error;
  }
}

/**
 * A dependency in another namespace tells of what happens there: with locked tenants it is refused,
 * and with `--no-cross-namespace-refs` always. Throws `denied` before the dependency is looked at.
 */
export function refuseForeignDependencies({ me, spec, deps }: Preparation): void {
  const { policy } = deps;
  if (!policy.noCrossNamespaceRefs && policy.profile !== 'multi-tenant') return;
  const keys = dependencyKeys({ namespace: me.namespace, dependsOn: spec.dependsOn });
  const foreign = keys.find(({ namespace }) => namespace !== me.namespace);
  if (!foreign) return;
  const flag = policy.noCrossNamespaceRefs
    ? '--no-cross-namespace-refs'
    : '--security-profile=multi-tenant';
  const message =
    `dependsOn '${formatKey(foreign)}' is in another namespace, which ${flag} does not allow: ` +
    `depend on Kustomizations in '${me.namespace}' only`;
  throw denied(Reason.AccessDenied, message);
}
