import { KubeApiError, KubeTransportError } from '../../kube/api-error.ts';

/** How RBAC words its refusal. */
const refusal =
  /User "([^"]*)" cannot ([\w:-]+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)"| at the cluster scope)?/;

/** `impersonate`, or `impersonate-on:user-info:list` where rights to impersonate are for one verb (Kubernetes 1.35). */
const isImpersonation = (verb: string) => /^impersonate(-on)?(:|$)/.test(verb);

/** Whether the API server refused the caller to act as somebody else. */
export function isImpersonationRefused({ message }: KubeApiError): boolean {
  const [, , verb = ''] = refusal.exec(message) ?? [];
  return isImpersonation(verb);
}

const reading = ['get', 'list', 'watch'];

/**
 * What a failed request means to whoever typed the command: which right is missing, or that the
 * cluster is not one of ours. Errors that say enough stay as they are.
 */
export function explainFailure(error: unknown): unknown {
  if (error instanceof KubeTransportError) {
    const message = `the API server does not answer: ${error.message}`;
    return new Error(message, { cause: error });
  }
  if (!(error instanceof KubeApiError)) return error;
  const { code, message } = error;
  if (code === 401) {
    const text = 'the API server does not know you: check the credentials of the kubeconfig';
    return new Error(text, { cause: error });
  }
  const missing = code === 403 ? explainRefusal(message) : undefined;
  return missing === undefined ? error : new Error(missing, { cause: error });
}

function explainRefusal(message: string): string | undefined {
  const match = refusal.exec(message);
  if (!match) return undefined;
  const [, user = '', verb = '', resource = '', group = '', namespace] = match;
  if (isImpersonation(verb)) {
    const whom = verb === 'impersonate' ? resource : 'users';
    return `${quoted(user)} may not impersonate ${whom}: leave out --as`;
  }
  const what = `${quoted(user)} may not ${verb} ${group === '' ? resource : `${resource}.${group}`}`;
  if (namespace === undefined) {
    return `${what} in all namespaces: name one of yours with --namespace`;
  }
  const role = reading.includes(verb) ? 'view' : 'edit';
  return `${what} in namespace '${namespace}': it takes a RoleBinding there, for example to the ClusterRole '${role}'`;
}

const quoted = (user: string) => `'${user}'`;
