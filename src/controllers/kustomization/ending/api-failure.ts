import { KubeApiError, KubeTransportError } from '../../../kube/api-error.ts';
import { apiVersionOf, formatKey } from '../../../kube/object.ts';
import { explainUnreachable } from '../../shared/remote/explain-unreachable.ts';
import { refusedCredentials } from '../../shared/remote/refused-credentials.ts';
import { refusalText } from '../../shared/refusal-text.ts';
import type { Actor } from '../actor.ts';
import { formatRef, type ObjectRef } from '../../../api/kustomize/inventory.ts';

/** What was asked of the API server. */
export interface Asked {
  verb: 'get' | 'patch' | 'delete';
  ref: ObjectRef;
  actor: Pick<Actor, 'user' | 'account' | 'isDefault'>;
  /** Name of the cluster, unless it is the Kustomization's own. */
  remote?: string;
}

/** What a failed request means. */
export interface ApiFailure {
  /** `forbidden`: RBAC; `passing`: soon over without anybody's doing; `refused`: anything else. */
  class: 'forbidden' | 'passing' | 'refused';
  message: string;
  /** When to try again, if sooner than the Kustomization's own retry. */
  afterMs?: number;
  /** The message is about the cluster as a whole, and names it. */
  isOfCluster?: boolean;
}

const soonMs = 1_000;
const passingMs = 10_000;

/** How RBAC words its refusal; quota and admission use the same code, with reasons of their own. */
const rbacRefusal = /cannot (\w+) resource "([^"]+)" in API group "([^"]*)"/;

/** Since 1.36 also by what is to be done as the other: `impersonate-on:serviceaccount:patch`. */
const impersonationRefusal = /cannot impersonate(-on:\S+)? resource "/;

/** How the API server refuses a manifest that does not fit its schema; it calls this its own error. */
const typeMismatch = /failed to create typed patch object \(.*?\): ([^]+)/;

/**
 * Why the API server did not do what it was asked, as a message for the status that says what to
 * change. Of a refusal by RBAC it tells the verb, the kind and the namespace, all of which the
 * tenant named itself.
 */
export function explainApiFailure(error: unknown, asked: Asked): ApiFailure | undefined {
  if (error instanceof KubeTransportError) return explainSilence(error, asked);
  if (!(error instanceof KubeApiError)) return undefined;
  const { code } = error;
  const name = formatRef(asked.ref);
  const misfit = typeMismatch.exec(error.message)?.[1];
  if (misfit !== undefined) return explainMisfit(misfit, asked.ref);
  if (code === 403) return explainForbidden(error, asked);
  if (code === 404) return explainNotFound(error, asked);
  if (code === 401 && asked.remote) return ofCluster(`${asked.remote} ${refusedCredentials}`);
  if (code === 429 || code >= 500 || code === 401) {
    const message = `${name}: the API server answered ${code} ${error.reason}`;
    return { class: 'passing', message, afterMs: passingMs };
  }
  return { class: 'refused', message: `${name}: ${refusalText(error, asked.ref.kind)}` };
}

function explainSilence(error: KubeTransportError, { remote }: Asked): ApiFailure {
  const server = remote ? `${remote} does not answer` : 'the API server does not answer';
  return ofCluster(`${server}${remote ? explainUnreachable(error) : ''}: will be tried again`);
}

function ofCluster(message: string): ApiFailure {
  return { class: 'passing', message, afterMs: passingMs, isOfCluster: true };
}

function explainMisfit(text: string, ref: ObjectRef): ApiFailure {
  // Of a Secret the fields only, because the text quotes what was found in them.
  const fields = [...text.matchAll(/(?:^|\s)(\.[^\s:]+):/g)].map(([, field]) => field);
  const what = ref.kind === 'Secret' ? fields.join(', ') : text.trim();
  const message = `${formatRef(ref)}: the manifest does not fit the schema: ${what}`;
  return { class: 'refused', message };
}

function explainForbidden(error: KubeApiError, asked: Asked): ApiFailure {
  const rbac = rbacRefusal.exec(error.message);
  const name = formatRef(asked.ref);
  if (impersonationRefusal.test(error.message)) return explainImpersonation(name, asked);
  if (!rbac) return { class: 'refused', message: `${name}: ${refusalText(error, asked.ref.kind)}` };
  const [, verb = asked.verb, resource = '', group = ''] = rbac;
  const { namespace } = asked.ref;
  const where = namespace === '' ? 'at the cluster scope' : `in namespace '${namespace}'`;
  const kind = group === '' ? resource : `${resource}.${group}`;
  const grant =
    namespace === ''
      ? 'grant it with a ClusterRoleBinding'
      : `grant it with a RoleBinding in '${namespace}'`;
  const message = `${name}: ${describeActor(asked.actor)} may not ${verb} ${kind} ${where}: ${grant}`;
  return { class: 'forbidden', message: `${message}${hintOf(asked.actor)}` };
}

/** The kubeconfig's own user comes between: it is told of, and not what the API server calls it. */
function explainImpersonation(name: string, { actor, remote }: Asked): ApiFailure {
  const who = remote ? 'the user of the kubeconfig' : 'the control plane';
  const remedy = remote ? ', or remove spec.serviceAccountName to act as that user' : '';
  const message = `${name}: ${who} may not impersonate ${describeActor(actor)}: grant it that${remedy}`;
  return { class: 'forbidden', message };
}

function describeActor({ account, user }: Asked['actor']): string {
  return account ? `ServiceAccount '${formatKey(account)}'` : user;
}

function hintOf({ account, isDefault }: Asked['actor']): string {
  return account && isDefault ? ', or name another account in spec.serviceAccountName' : '';
}

function explainNotFound(error: KubeApiError, { ref }: Asked): ApiFailure {
  const name = formatRef(ref);
  if (ref.namespace !== '' && error.message.includes('namespaces "')) {
    const remedy = 'create it, or add it to the manifests';
    return {
      class: 'refused',
      message: `${name}: namespace '${ref.namespace}' not found: ${remedy}`,
    };
  }
  // It was served when we looked the kind up: its CRD is just coming, or going.
  const message = `${name}: the API server does not serve ${ref.kind} in ${apiVersionOf(ref)} at the moment`;
  return { class: 'passing', message, afterMs: soonMs };
}
