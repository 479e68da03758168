import { expect, test } from 'vitest';
import { parseRequest } from '../request/parse-request.ts';
import { pathLabel } from './observe.ts';

const label = (target: string, status = 200) => pathLabel(parseRequest('GET', target), status);

test.each([
  ['/api/v1/namespaces', '/api/v1/namespaces'],
  ['/api/v1/namespaces/oil', '/api/v1/namespaces/{name}'],
  ['/api/v1/namespaces/oil/status', '/api/v1/namespaces/{name}/status'],
  ['/api/v1/namespaces/oil/pods?watch=1', '/api/v1/namespaces/{namespace}/pods'],
  ['/api/v1/namespaces/oil/pods/a/exec', '/api/v1/namespaces/{namespace}/pods/{name}/exec'],
  ['/apis/apps/v1/deployments', '/apis/apps/v1/deployments'],
  ['/api/v1/nodes?fieldSelector=metadata.name%3Da', '/api/v1/nodes/{name}'],
])('%s counts as %s', (target, expected) => {
  expect(label(target)).toBe(expected);
});

test('what was not served, or is no resource, is counted together', () => {
  for (const status of [400, 403, 404, 429, 503]) {
    expect(label('/api/v1/made-up-by-a-client', status)).toBe('other');
  }
  expect(label('/_healthz')).toBe('other');
  expect(label('/version')).toBe('other');
  expect(pathLabel(undefined, 200)).toBe('other');
});
