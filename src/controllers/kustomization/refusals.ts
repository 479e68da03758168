import { Reason } from '../../api/reasons.ts';
import { unsupportedKustomizationFields } from '../../api/kustomize/unsupported.ts';
import { unsupportedMessage } from '../../api/unsupported.ts';
import { denied, stalled } from '../../base/errors.ts';
import { formatKey } from '../../kube/object.ts';
import { dependencyKeys } from './dependencies/dependencies.ts';
import type { Preparation, ReconciledKustomization } from './work.ts';

/**
 * Refuses what the spec asks for and we do not do, before anything is read for it. Throws
 * `stalled`.
 */
export function refuseUnsupported(object: ReconciledKustomization): void {
  const fields = unsupportedKustomizationFields(object);
  if (fields.length > 0) throw stalled(Reason.InvalidSpec, unsupportedMessage(fields));
}

/** Each is read again and again while it is waited for; whoever has more waits for all that is applied. */
const maxHealthChecks = 256;

/** Refuses more `spec.healthChecks` than are looked at, where they count. Throws `stalled`. */
export function refuseManyHealthChecks({ spec }: Pick<Preparation, 'spec'>): void {
  const count = spec.healthChecks?.length ?? 0;
  if (spec.wait || count <= maxHealthChecks) return;
  const message =
    `spec.healthChecks has ${count} entries, of at most ${maxHealthChecks}: name fewer, or set ` +
    'spec.wait to wait for everything that is applied';
  throw stalled(Reason.InvalidSpec, message);
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
