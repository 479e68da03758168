import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { parseRequest } from '../request/parse-request.ts';
import { assertOwnRights } from './own-rights.ts';

const attempt = (as: 'granted' | 'proxy', method: string, target: string) => () =>
  assertOwnRights(
    {
      // All that is looked at of it.
      request: { method } as IncomingMessage,
      asked: parseRequest(method, target),
    },
    as,
  );

describe('what the proxy does as itself', () => {
  test.each([
    ['GET', '/api/v1/namespaces'],
    ['HEAD', '/api/v1/namespaces'],
    ['GET', '/api/v1/pods?watch=1'],
    ['GET', '/api/v1/nodes/a'],
  ])('%s %s', (method, target) => {
    expect(attempt('proxy', method, target)).not.toThrow();
    expect(attempt('granted', method, target)).toThrow('the proxy itself does not do this');
  });
});

describe('what it lends to who has a grant', () => {
  test.each([
    ['PUT', '/api/v1/nodes/a'],
    ['PATCH', '/apis/storage.k8s.io/v1/storageclasses/a'],
    ['DELETE', '/api/v1/persistentvolumes/a'],
  ])('%s %s', (method, target) => {
    expect(attempt('granted', method, target)).not.toThrow();
    expect(attempt('proxy', method, target)).toThrow('the proxy itself does not do this');
  });
});

describe('what it does not', () => {
  test.each([
    ['GET', '/version'],
    ['GET', '/api/v1/nodes/a/proxy/run'],
    ['GET', '/api/v1/namespaces/a/pods/b/log'],
    ['POST', '/api/v1/nodes'],
    ['PUT', '/api/v1/nodes/a/status'],
    ['PATCH', '/api/v1/nodes/a/status'],
    ['DELETE', '/api/v1/nodes'],
    ['PATCH', '/api/v1/nodes'],
    ['DELETE', '/api/v1/namespaces/a'],
    ['PATCH', '/apis/capsule.clastix.io/v1beta2/tenants/a'],
    ['DELETE', '/api/v1/namespaces/a/pods/b'],
    ['PUT', '/api/v1/namespaces/a/nodes/b'],
    ['DELETE', '/apis/rbac.authorization.k8s.io/v1/clusterroles/a'],
    ['GET', '/api/v1/proxy/nodes/a'],
  ])('%s %s', (method, target) => {
    for (const as of ['granted', 'proxy'] as const) {
      expect(attempt(as, method, target)).toThrow('the proxy itself does not do this');
    }
  });
});
