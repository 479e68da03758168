import { describe, expect, test } from 'vitest';
import { KubeApiError } from './api-error.ts';
import { parseJson } from '../base/json.ts';
import type { KubeObject, ResourceType } from './object.ts';
import {
  applyRequest,
  createRequest,
  deleteRequest,
  getRequest,
  listRequest,
  patchRequest,
  rawRequest,
  replaceRequest,
  watchRequest,
  type KubeRequest,
} from './requests.ts';

const pods: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  namespaced: true,
};
const deployments: ResourceType = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const namespaces: ResourceType = {
  ...pods,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};
const key = { namespace: 'a', name: 'b' };
const deployment: KubeObject = { apiVersion: 'x', kind: 'y', metadata: key, spec: { replicas: 1 } };

describe('paths', () => {
  test.each<[string, KubeRequest]>([
    ['GET /api/v1/namespaces/a/pods/b', getRequest(pods, key)],
    ['GET /apis/apps/v1/namespaces/a/deployments/b', getRequest(deployments, key)],
    ['GET /api/v1/namespaces/b', getRequest(namespaces, { name: 'b' })],
    ['GET /api/v1/namespaces/b', getRequest(namespaces, key)],
    [
      'GET /api/v1/namespaces/a/pods/a%3Ab%40c',
      getRequest(pods, { namespace: 'a', name: 'a:b@c' }),
    ],
    ['GET /api/v1/pods', listRequest(pods, {})],
    ['GET /api/v1/namespaces/a/pods', listRequest(pods, { namespace: 'a' })],
    [
      'GET /api/v1/pods?labelSelector=a%3Db%2Cc+in+%28d%29&fieldSelector=metadata.name%3Dx&limit=5&resourceVersion=0',
      listRequest(pods, {
        labelSelector: 'a=b,c in (d)',
        fieldSelector: 'metadata.name=x',
        limit: 5,
        resourceVersion: '0',
      }),
    ],
    ['GET /api/v1/pods?continue=abc', listRequest(pods, { resourceVersion: '0' }, 'abc')],
    [
      'GET /api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=3',
      watchRequest(pods, { resourceVersion: '7', timeoutSeconds: 3 }),
    ],
    [
      'GET /api/v1/pods?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan',
      watchRequest(pods, { resourceVersion: '', sendInitialEvents: true }),
    ],
    [
      'PATCH /apis/apps/v1/namespaces/a/deployments/b?fieldManager=me&force=false',
      applyRequest(deployments, deployment, { fieldManager: 'me' }),
    ],
    [
      'PATCH /apis/apps/v1/namespaces/a/deployments/b?dryRun=All&fieldManager=me&force=true',
      applyRequest(deployments, deployment, { fieldManager: 'me', force: true, dryRun: true }),
    ],
    [
      'POST /apis/apps/v1/namespaces/a/deployments?fieldManager=me',
      createRequest(deployments, deployment, { fieldManager: 'me' }),
    ],
    [
      'PATCH /apis/apps/v1/namespaces/a/deployments/b/status?fieldManager=me',
      patchRequest(
        deployments,
        key,
        { type: 'merge', body: {} },
        { subresource: 'status', fieldManager: 'me' },
      ),
    ],
    [
      'PUT /apis/apps/v1/namespaces/a/deployments/b/scale?dryRun=All',
      replaceRequest(deployments, deployment, { subresource: 'scale', dryRun: true }),
    ],
    ['DELETE /api/v1/namespaces/a/pods/b', deleteRequest(pods, key)],
    [
      'POST /api/v1/namespaces/a/serviceaccounts/b/token?x=%26',
      rawRequest({
        method: 'POST',
        path: '/api/v1/namespaces/a/serviceaccounts/b/token',
        query: { x: '&' },
        body: {},
      }),
    ],
  ])('%s', (line, { method, path }) => {
    expect(`${method} ${path}`).toBe(line);
  });
});

describe('bodies and content types', () => {
  test('apply sends the whole object as JSON under the apply content type, with the true kind', () => {
    const request = applyRequest(deployments, deployment, { fieldManager: 'me' });
    expect(request.contentType).toBe('application/apply-patch+yaml');
    expect(parseJson(request.body ?? '')).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: key,
      spec: { replicas: 1 },
    });
    expect(request.idempotent).toBe(true);
  });

  test('apply without a field manager is a mistake of ours', () => {
    expect(() => applyRequest(deployments, deployment, { fieldManager: '' })).toThrow(TypeError);
  });

  test.each([
    [{ type: 'merge', body: { a: null } }, 'application/merge-patch+json', '{"a":null}'],
    [
      { type: 'json', body: [{ op: 'remove', path: '/a' }] },
      'application/json-patch+json',
      '[{"op":"remove","path":"/a"}]',
    ],
  ] as const)('%j', (patch, contentType, body) => {
    const mutable = structuredClone(patch) as Parameters<typeof patchRequest>[2];
    const request = patchRequest(pods, key, mutable);
    expect(request).toMatchObject({ contentType, body, idempotent: false });
  });

  test('delete says how, and of which object', () => {
    const request = deleteRequest(pods, key, {
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u', resourceVersion: '7' },
      dryRun: true,
    });
    expect(parseJson(request.body ?? '')).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Foreground',
      preconditions: { uid: 'u', resourceVersion: '7' },
      dryRun: ['All'],
    });
  });

  test('metadata only asks for the types of meta.k8s.io', () => {
    expect(listRequest(pods, { metadataOnly: true }).accept).toContain('PartialObjectMetadataList');
    expect(watchRequest(pods, { resourceVersion: '1', metadataOnly: true }).accept).toContain(
      'as=PartialObjectMetadata;',
    );
  });

  test('int64 is written as the integer it is', () => {
    const object = { ...deployment, spec: { n: 9223372036854775807n } };
    expect(createRequest(deployments, object).body).toContain('"n":9223372036854775807');
  });

  test('metrics see verb, resource and subresource', () => {
    const request = patchRequest(
      deployments,
      key,
      { type: 'merge', body: {} },
      { subresource: 'status' },
    );
    expect(request).toMatchObject({
      verb: 'patch',
      resource: 'deployments.apps',
      subresource: 'status',
    });
    expect(getRequest(pods, key)).toMatchObject({ verb: 'get', resource: 'pods' });
  });
});

describe('a name cannot change the path', () => {
  const evil = [
    '',
    '.',
    '..',
    'a/b',
    '../secrets/x',
    'a%2fb',
    'a\nb',
    'a\0',
    'x'.repeat(600),
    'a\ud800',
  ];

  test.each(evil)('name %j', (name) => {
    expect(() => getRequest(pods, { namespace: 'a', name })).toThrow(KubeApiError);
    expect(() => deleteRequest(namespaces, { name })).toThrow(KubeApiError);
  });

  test.each(evil)('namespace %j', (namespace) => {
    expect(() => getRequest(pods, { namespace, name: 'b' })).toThrow(KubeApiError);
    expect(() => listRequest(pods, { namespace })).toThrow(KubeApiError);
  });

  test.each(evil)('group, version or resource %j', (part) => {
    if (part !== '') {
      expect(() => getRequest({ ...deployments, group: part }, key)).toThrow(KubeApiError);
    }
    expect(() => getRequest({ ...deployments, version: part }, key)).toThrow(KubeApiError);
    expect(() => getRequest({ ...deployments, plural: part }, key)).toThrow(KubeApiError);
  });

  test('a namespaced object without namespace reaches no other resource', () => {
    const verdict = expect.objectContaining({ code: 422, reason: 'Invalid' }) as Error;
    expect(() => getRequest(pods, { name: 'b' })).toThrow(verdict);
    const loose = { ...deployment, metadata: { name: 'b' } };
    expect(() => createRequest(deployments, loose)).toThrow(verdict);
    expect(() => applyRequest(deployments, loose, { fieldManager: 'me' })).toThrow(verdict);
  });

  test.each(['api', '/a/../b', '/a b', '/a?b', '/a#b', '/a\r\nb', 'http://x/', '/.', '/a/..'])(
    'raw path %j',
    (path) => {
      expect(() => rawRequest({ method: 'GET', path })).toThrow(KubeApiError);
    },
  );
});
