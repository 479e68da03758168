import { describe, expect, test } from 'vitest';
import { Refusal } from '../refusal.ts';
import { parseRequest } from './parse-request.ts';

/** As one line: `verb group/version resource/subresource namespace/name`. */
function read(method: string, target: string): string {
  const { verb, group, version, resource, ...rest } = parseRequest(method, target);
  if (!rest.isResource) return `${verb} -`;
  const what = [resource, rest.subresource].filter(Boolean).join('/');
  const where = [rest.namespace ?? '', rest.name ?? ''].join('/');
  return `${verb} ${group}/${version} ${what} ${where}`;
}

describe('a request line is read as the API server reads it', () => {
  test.each([
    ['GET', '/api/v1/namespaces', 'list /v1 namespaces /'],
    ['HEAD', '/api/v1/namespaces', 'list /v1 namespaces /'],
    ['GET', '/api/v1/namespaces/', 'list /v1 namespaces /'],
    ['GET', '/api/v1/namespaces/a', 'get /v1 namespaces a/a'],
    ['PUT', '/api/v1/namespaces/a/finalize', 'update /v1 namespaces/finalize a/a'],
    ['PATCH', '/api/v1/namespaces/a/status', 'patch /v1 namespaces/status a/a'],
    ['GET', '/api/v1/namespaces/a/pods', 'list /v1 pods a/'],
    ['GET', '/api/v1/namespaces/a/pods/b', 'get /v1 pods a/b'],
    ['POST', '/api/v1/namespaces/a/pods/b/exec?command=ls', 'create /v1 pods/exec a/b'],
    ['DELETE', '/api/v1/namespaces/a/pods', 'deletecollection /v1 pods a/'],
    ['DELETE', '/api/v1/namespaces/a/pods/b', 'delete /v1 pods a/b'],
    ['GET', '/apis/apps/v1/deployments', 'list apps/v1 deployments /'],
    ['GET', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'get apps/v1 deployments/scale a/b'],
    ['GET', '/api/v1/nodes/n/proxy/metrics', 'get /v1 nodes/proxy /n'],
    ['OPTIONS', '/api/v1/namespaces', ' /v1 namespaces /'],
    ['GET', '/api/v1/pods?watch', 'watch /v1 pods /'],
    ['GET', '/api/v1/pods?watch=', 'watch /v1 pods /'],
    ['GET', '/api/v1/pods?watch=1', 'watch /v1 pods /'],
    ['GET', '/api/v1/pods?watch=TRUE', 'watch /v1 pods /'],
    ['GET', '/api/v1/pods?watch=no', 'watch /v1 pods /'],
    ['GET', '/api/v1/pods?watch=0', 'list /v1 pods /'],
    ['GET', '/api/v1/pods?watch=FALSE', 'list /v1 pods /'],
    ['GET', '/api/v1/pods?watch=false&watch=true', 'list /v1 pods /'],
    ['GET', '/api/v1/namespaces/a?watch=1', 'get /v1 namespaces a/a'],
    ['GET', '/api/v1/watch/namespaces', 'watch /v1 namespaces /'],
    ['GET', '/api/v1/watch/namespaces/a/pods/b', 'watch /v1 pods a/b'],
    ['POST', '/api/v1/watch/pods', 'watch /v1 pods /'],
    ['GET', '/api/v1/proxy/namespaces/a/pods/b/c', 'proxy /v1 pods a/b'],
    ['GET', '/api/v1/namespaces?fieldSelector=metadata.name%3Da', 'list /v1 namespaces /a'],
    ['GET', '/api/v1/namespaces?fieldSelector=metadata.name==a&watch=1', 'watch /v1 namespaces /a'],
    ['GET', '/api/v1/namespaces?fieldSelector=x=y,metadata.name=a', 'list /v1 namespaces /a'],
    ['GET', '/api/v1/namespaces?fieldSelector=metadata.name!=a', 'list /v1 namespaces /'],
    ['GET', '/api/v1/namespaces?fieldSelector=x=metadata.name\\=a', 'list /v1 namespaces /'],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node',
      'get rbac.authorization.k8s.io/v1 clusterroles /system:node',
    ],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode',
      'get rbac.authorization.k8s.io/v1 clusterroles /system:node',
    ],
    ['GET', '/', 'get -'],
    ['GET', '/api', 'get -'],
    ['GET', '/api/v1', 'get -'],
    ['GET', '/api/v1/', 'get -'],
    ['GET', '/apis/apps/v1', 'get -'],
    ['GET', '/openapi/v3/apis/apps/v1?hash=1', 'get -'],
    ['POST', '/healthz', 'post -'],
  ])('%s %s: %s', (method, target, expected) => {
    expect(read(method, target)).toBe(expected);
  });

  test('what follows a proxy is for whoever is behind it', () => {
    const target = '/api/v1/namespaces/a/services/http:b:80/proxy/x%2Fy//z;v=1?a;b&watch=1';
    const asked = parseRequest('GET', target);
    expect(asked).toMatchObject({ resource: 'services', subresource: 'proxy', verb: 'get' });
    expect(asked.path).toBe(target.split('?')[0]);
  });
});

describe('what two readers could take for different things is refused', () => {
  test.each([
    [''],
    ['*'],
    ['//api/v1/namespaces'],
    ['http://else.where/api/v1/namespaces'],
    ['/api//v1/namespaces'],
    ['/api/v1/namespaces//'],
    ['/api/v1/namespaces/./a'],
    ['/api/v1/namespaces/a/../b'],
    ['/api/v1/namespaces/a/%2e%2e/b'],
    ['/api/v1/namespaces/a/.%2E/b'],
    ['/api/v1/namespaces/a%2fpods'],
    ['/api/v1/namespaces/a%2Fpods'],
    ['/api/v1/namespaces/a%252fpods'],
    ['/api/v1/namespaces/a%5cb'],
    ['/api/v1/namespaces/a\\b'],
    ['/api/v1/namespaces/a%00'],
    ['/api/v1/namespaces/a%0d%0ab'],
    ['/api/v1/namespaces/%'],
    ['/api/v1/namespaces/%zz'],
    ['/api/v1/namespaces/%ff'],
    ['/api/v1/namespaces/ä'],
    ['/api/v1/namespaces#a'],
    ['/api/v1/namespaces/a b'],
    ['/api/v1/watch'],
    ['/api/v1/namespaces?a=1;labelSelector=b'],
    ['/api/v1/namespaces?labelSelector=%zz'],
    ['/api/v1/pods??watch=1'],
    ['/api/v1/pods??labelSelector=a'],
    ['/api/v1/namespaces?labelSelector=%ff'],
    ['/api/v1/namespaces?labelSelector=a#b'],
    ['/api/v1/namespaces/a/services/b/proxy/../../../secrets'],
    ['/api/v1/namespaces/a/services/b/proxy/%2e%2e/x'],
    ['/api/v1/namespaces/a/services/b/proxy/%zz'],
    ['/api/v1/namespaces/a%2Fb/services/b/proxy/x'],
  ])('%j', (target) => {
    expect(() => parseRequest('GET', target)).toThrow(Refusal);
  });
});
