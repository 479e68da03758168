import { decideSourceAccess } from '../../access/source-acl.ts';
import { unsupportedKustomizationFields } from '../../api/kustomize/unsupported.ts';
import { findKind } from '../../api/kinds.ts';
import { unsupportedMessage } from '../../api/unsupported.ts';
import { messageOf, ReconcileError } from '../../base/errors.ts';
import type { Cluster } from '../../cli/cluster/connect.ts';
import { accountExists } from '../../controllers/kustomization/actor.ts';
import {
  dependencyKeys,
  unmetDependency,
  type Dependency,
} from '../../controllers/kustomization/dependencies/dependencies.ts';
import { refuseForeignDependencies } from '../../controllers/kustomization/refusals.ts';
import type { Preparation, ReconciledKustomization } from '../../controllers/kustomization/work.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { labelsOf, type SourceObject } from '../../controllers/shared/source-access.ts';
import { Kustomization } from '../../api/kustomize/kustomization.ts';
import { isForbidden, isNotFound } from '../../kube/api-error.ts';
import {
  formatKey,
  type KubeObject,
  type ObjectKey,
  type ResourceType,
} from '../../kube/object.ts';

/** Whether something that the controller asks before it applies would be answered with yes. */
export interface AccessVerdict {
  about: 'spec' | 'source' | 'account' | 'dependencies';
  /** `waiting`: not yet, and nobody's to allow. */
  verdict: 'allowed' | 'denied' | 'waiting' | 'unknown';
  message: string;
}

type Asking = Preparation & { object: ReconciledKustomization; cluster: Cluster };

/** What the controller would say before it builds anything, as far as the caller may know it. */
export async function accessVerdicts(asking: Asking): Promise<AccessVerdict[]> {
  const verdicts = [specVerdict, sourceVerdict, accountVerdict, dependenciesVerdict].map((ask) =>
    ask(asking),
  );
  return (await Promise.all(verdicts)).filter((verdict) => verdict !== undefined);
}

async function specVerdict({ object }: Asking): Promise<AccessVerdict | undefined> {
  const fields = unsupportedKustomizationFields(object);
  if (fields.length === 0) return undefined;
  return Promise.resolve(verdict('spec', 'denied', unsupportedMessage(fields)));
}

async function sourceVerdict(asking: Asking): Promise<AccessVerdict> {
  const { me, spec, cluster, deps } = asking;
  const { kind, name } = spec.sourceRef;
  const key = { namespace: spec.sourceRef.namespace || me.namespace, name };
  const title = `${kind} '${formatKey(key)}'`;
  const type = findKind(kind)?.type;
  if (!type) return verdict('source', 'unknown', `${title}: not a kind that is known here`);
  const source = await look<SourceObject>(cluster, type, key);
  const namespace = await look(cluster, namespaceType, { name: me.namespace });
  const home = await look(cluster, namespaceType, { name: key.namespace });
  if (source === 'forbidden' || namespace === 'forbidden') {
    return unseenSource(title, asking);
  }
  const decide = (labels: Record<string, string> | undefined) =>
    decideSourceAccess({
      referrer: { namespace: me.namespace, labels: labelsOf(namespace) },
      source: { namespace: key.namespace, labels, found: foundOf(source) },
      policy: deps.policy,
    });
  const decision = decide(home === 'forbidden' ? undefined : labelsOf(home));
  // Whose the source is seldom matters; where it does, who may not see it is not told.
  if (home === 'forbidden' && decision.allowed !== decide({}).allowed) {
    return unseenSource(title, asking);
  }
  if (!decision.allowed) return verdict('source', 'denied', decision.message);
  if (!source) return verdict('source', 'denied', `${title} not found`);
  return verdict('source', 'allowed', `${title} ${whyAllowed(key, asking)}`);
}

const foundOf = (source: SourceObject | undefined) =>
  source && { accessFrom: source.spec?.accessFrom };

const whyAllowed = ({ namespace }: ObjectKey, { me }: Asking) =>
  namespace === me.namespace ? 'is in the same namespace' : 'is granted by its accessFrom';

/** Who may not read the source learns what the controller said of it last. */
function unseenSource(title: string, { object }: Asking): AccessVerdict {
  const ready = object.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.reason === 'AccessDenied') return verdict('source', 'denied', ready.message);
  const last = object.status?.lastAppliedRevision;
  const known = last === undefined ? 'nothing is known of the grant' : `last used at ${last}`;
  return verdict('source', 'unknown', `${title}: you may not read it; ${known}`);
}

async function accountVerdict({ actor, cluster }: Asking): Promise<AccessVerdict | undefined> {
  const { account } = actor;
  if (!account) return undefined;
  const title = `ServiceAccount '${formatKey(account)}'`;
  try {
    const exists = await accountExists(actor, cluster.client, cluster.signal);
    if (exists) return verdict('account', 'allowed', `${title} exists`);
    return verdict('account', 'denied', `${title} not found: create it, or name another`);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return verdict('account', 'unknown', `${title}: you may not read it`);
  }
}

async function dependenciesVerdict(asking: Asking): Promise<AccessVerdict | undefined> {
  const { me, spec, cluster, object } = asking;
  const keys = dependencyKeys({ namespace: me.namespace, dependsOn: spec.dependsOn });
  if (keys.length === 0) return undefined;
  try {
    refuseForeignDependencies(asking);
  } catch (error) {
    if (!(error instanceof ReconcileError)) throw error;
    return verdict('dependencies', 'denied', messageOf(error));
  }
  const found = new Map<string, Dependency>();
  for (const key of keys) {
    const dependency = await look<Dependency>(cluster, Kustomization.type, key);
    if (dependency === 'forbidden') {
      return verdict('dependencies', 'unknown', `'${formatKey(key)}': you may not read it`);
    }
    if (dependency) found.set(formatKey(key), dependency);
  }
  const revision = object.status?.lastAttemptedRevision ?? '';
  const unmet = unmetDependency({ key: me, spec, revision }, (key) => found.get(formatKey(key)));
  if (unmet === undefined) return verdict('dependencies', 'allowed', 'all are ready');
  return verdict('dependencies', 'waiting', unmet);
}

async function look<T extends KubeObject>(
  { client, signal }: Cluster,
  type: ResourceType,
  key: ObjectKey,
): Promise<T | undefined | 'forbidden'> {
  try {
    return await client.get<T>(type, key, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (isForbidden(error)) return 'forbidden';
    throw error;
  }
}

const verdict = (
  about: AccessVerdict['about'],
  said: AccessVerdict['verdict'],
  message: string,
): AccessVerdict => ({ about, verdict: said, message });
