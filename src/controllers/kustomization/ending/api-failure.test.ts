import { describe, expect, it } from 'vitest';
import { KubeApiError, KubeTransportError } from '../../../kube/api-error.ts';
import { explainApiFailure, type Asked } from './api-failure.ts';

const asked: Asked = {
  verb: 'patch',
  ref: { group: 'apps', version: 'v1', kind: 'Deployment', namespace: 'oil', name: 'web' },
  actor: {
    user: 'system:serviceaccount:gas:default',
    account: { namespace: 'gas', name: 'default' },
    isDefault: true,
  },
};
const rbac = new KubeApiError({
  code: 403,
  reason: 'Forbidden',
  message:
    'deployments.apps "web" is forbidden: User "system:serviceaccount:gas:default" cannot create ' +
    'resource "deployments" in API group "apps" in the namespace "oil": RBAC: role "x" not found',
});

describe('a refusal by RBAC', () => {
  it('tells who lacks which verb on what and where, and what to add', () => {
    expect(explainApiFailure(rbac, asked)).toEqual({
      class: 'forbidden',
      message:
        "Deployment/oil/web: ServiceAccount 'gas/default' may not create deployments.apps in " +
        "namespace 'oil': grant it with a RoleBinding in 'oil', or name another account in " +
        'spec.serviceAccountName',
    });
  });

  it('says nothing of roles that exist or not', () => {
    expect(explainApiFailure(rbac, asked)?.message).not.toContain('role "x"');
  });

  it('of a cluster-scoped object asks for a ClusterRoleBinding', () => {
    const ref = { ...asked.ref, group: '', kind: 'Namespace', namespace: '' };
    const error = new KubeApiError({
      code: 403,
      message:
        'namespaces "web" is forbidden: User "u" cannot patch resource "namespaces" in API group ""',
    });
    const actor = { ...asked.actor, isDefault: false };
    expect(explainApiFailure(error, { ...asked, actor, ref })?.message).toBe(
      "Namespace/web: ServiceAccount 'gas/default' may not patch namespaces at the cluster scope: " +
        'grant it with a ClusterRoleBinding',
    );
  });
});

it('repeats what quota and admission say, which is about the object', () => {
  const message = 'pods "web" is forbidden: exceeded quota: small, requested: cpu=2';
  const error = new KubeApiError({ code: 403, reason: 'Forbidden', message });
  expect(explainApiFailure(error, asked)).toEqual({
    class: 'refused',
    message: `Deployment/oil/web: ${message}`,
  });
});

it.each([
  [
    404,
    'namespaces "oil" not found',
    "namespace 'oil' not found: create it, or add it to the manifests",
  ],
  [422, 'spec.selector: field is immutable', 'spec.selector: field is immutable'],
  [400, 'strict decoding error: unknown field', 'strict decoding error: unknown field'],
])('%d %s', (code, message, expected) => {
  const error = new KubeApiError({ code, message });
  expect(explainApiFailure(error, asked)).toEqual({
    class: 'refused',
    message: `Deployment/oil/web: ${expected}`,
  });
});

describe('a manifest that does not fit the schema, which the API server calls an internal error', () => {
  const misfit = (kind: string, text: string) =>
    new KubeApiError({
      code: 500,
      reason: 'InternalError',
      message: `failed to create typed patch object (oil/web; /v1, Kind=${kind}): ${text}`,
    });

  it('names the field', () => {
    const error = misfit('Service', '.spec.ports[port=0,protocol="TCP"].prot: field not declared');
    expect(explainApiFailure(error, asked)).toEqual({
      class: 'refused',
      message:
        'Deployment/oil/web: the manifest does not fit the schema: ' +
        '.spec.ports[port=0,protocol="TCP"].prot: field not declared',
    });
  });

  it('of a Secret names nothing else', () => {
    const error = misfit('Secret', 'errors:\n  .data: expected map, got &{hunter2}\n  .tpye: no');
    const ref = { ...asked.ref, group: '', kind: 'Secret' };
    expect(explainApiFailure(error, { ...asked, ref })?.message).toBe(
      'Secret/oil/web: the manifest does not fit the schema: .data, .tpye',
    );
  });
});

it.each([401, 429, 500, 503])('%d passes', (code) => {
  const error = new KubeApiError({ code, reason: 'R', message: 'internal details' });
  const failure = explainApiFailure(error, asked);
  expect(failure?.class).toBe('passing');
  expect(failure?.message).not.toContain('details');
});

it('a kind that is not served at the moment is tried again soon', () => {
  const error = new KubeApiError({ code: 404, message: '404 page not found' });
  expect(explainApiFailure(error, asked)).toEqual({
    class: 'passing',
    message:
      'Deployment/oil/web: the API server does not serve Deployment in apps/v1 at the moment',
    afterMs: 1_000,
  });
});

it('no answer passes', () => {
  expect(explainApiFailure(new KubeTransportError('10.0.0.1 refused'), asked)).toEqual({
    class: 'passing',
    message: 'the API server does not answer: will be tried again',
    afterMs: 10_000,
    isOfCluster: true,
  });
});

it('of a remote cluster that refuses the credentials says what to do about them', () => {
  const error = new KubeApiError({ code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  expect(explainApiFailure(error, { ...asked, remote: 'the cluster of X' })).toEqual({
    class: 'passing',
    message: 'the cluster of X does not accept the credentials: renew them',
    afterMs: 10_000,
    isOfCluster: true,
  });
});

it('never quotes what a Secret holds', () => {
  const ref = { ...asked.ref, group: '', kind: 'Secret' };
  const error = new KubeApiError({
    code: 422,
    reason: 'Invalid',
    message: 'Secret "web" is invalid: data[k]: Invalid value: "hunter2"',
    causes: [{ field: 'data[k]', message: 'Invalid value: "hunter2"' }],
  });
  const message = explainApiFailure(error, { ...asked, ref })?.message;
  expect(message).toBe('Secret/oil/web: the API server refused it as Invalid: check data[k]');
});

it('knows nothing of other errors', () => {
  expect(explainApiFailure(new Error('bug'), asked)).toBeUndefined();
});
