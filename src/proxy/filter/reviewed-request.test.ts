import { expect, test } from 'vitest';
import { reviewedAttributes, reviewedRequest } from './reviewed-request.ts';

const asks = (resourceAttributes: object) => reviewedAttributes({ resourceAttributes });
const served = { version: 'v1', scope: 'namespaced' } as const;

test.each([
  [{ verb: 'list', resource: 'pods' }, '/api/v1/pods'],
  [{ verb: 'list', resource: 'pods', namespace: 'a' }, '/api/v1/namespaces/a/pods'],
  [
    { verb: 'get', group: 'apps', resource: 'deployments', namespace: 'a', name: 'b' },
    '/apis/apps/v1/namespaces/a/deployments/b',
  ],
  [
    { verb: 'get', resource: 'namespaces', namespace: 'default', name: 'a' },
    '/api/v1/namespaces/a',
  ],
  [{ verb: 'list', resource: 'namespaces', namespace: 'default' }, '/api/v1/namespaces'],
])('%j asks about %s', (attributes, path) => {
  const found = asks(attributes);
  expect(found && reviewedRequest(found, served).path).toBe(path);
});

test('a namespace of what has none is nothing: kubectl names its own', () => {
  const found = asks({ verb: 'list', resource: 'nodes', namespace: 'default' });
  const request = found && reviewedRequest(found, { version: 'v1', scope: 'cluster' });
  expect(request).toMatchObject({ path: '/api/v1/nodes' });
  expect(request).not.toHaveProperty('namespace');
});

test.each([
  {},
  { nonResourceAttributes: { path: '/api', verb: 'get' } },
  { resourceAttributes: { verb: '*', resource: 'pods' } },
  { resourceAttributes: { verb: 'list', resource: '*' } },
  { resourceAttributes: { verb: 'list', group: '*', resource: 'pods' } },
  { resourceAttributes: { verb: 'get', resource: 'pods', subresource: 'log' } },
  { resourceAttributes: { verb: 'get', resource: 'pods', name: '../../secrets/a' } },
  { resourceAttributes: { verb: 'get', resource: 'pods', namespace: '..', name: 'a' } },
  { resourceAttributes: { verb: 'get', resource: 'pods', name: 'a%2fb' } },
])('%j is left to the API server', (spec) => {
  expect(reviewedAttributes(spec)).toBeUndefined();
});
