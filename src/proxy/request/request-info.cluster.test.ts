import https from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import { auditEvents } from '../../../test/support/audit-log.ts';
import { clusterContext, freshName } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import type { ClusterConfig, Credential } from '../../kube/cluster-config.ts';
import { loadKubeconfig } from '../../kube/kubeconfig.ts';
import { tlsOptions } from '../../kube/tls-options.ts';
import { parseRequest } from './parse-request.ts';

/** What the API server has made of a request stands in its audit log. */
const mark = freshName('mark');
let cluster: ClusterConfig;
let credential: Credential;

const asked: [method: string, path: string][] = [
  ['GET', `/api/v1/namespaces/${mark}/pods?x`],
  ['HEAD', `/api/v1/namespaces/${mark}/pods?y`],
  ['GET', `/api/v1/namespaces/${mark}/pods/?x`],
  ['GET', `/api/v1/namespaces/${mark}`],
  ['GET', `/api/v1/namespaces/${mark}/status`],
  ['GET', `/api/v1/namespaces/${mark}/finalize`],
  ['GET', `/api/v1/namespaces/${mark}/pods/a`],
  ['GET', `/api/v1/namespaces/${mark}/pods/a%3Ab`],
  ['GET', `/api/v1/namespaces/${mark}/pods/a/log`],
  ['GET', `/api/v1/namespaces/${mark}/pods/a/b/c/d`],
  ['DELETE', `/api/v1/namespaces/${mark}/pods`],
  ['DELETE', `/api/v1/namespaces/${mark}/pods/a?z`],
  ['GET', `/api/v1/namespaces/${mark}/pods?fieldSelector=metadata.name%3Da`],
  ['GET', `/api/v1/namespaces/${mark}/pods?fieldSelector=metadata.name==a`],
  ['GET', `/api/v1/namespaces/${mark}/pods?fieldSelector=metadata.name!=a`],
  ['GET', `/api/v1/namespaces/${mark}/pods?fieldSelector=spec.nodeName=x,metadata.name=a`],
  ['GET', `/api/v1/namespaces/${mark}/pods?fieldSelector=spec.nodeName=metadata.name%5C%3Da`],
  ['GET', `/api/v1/namespaces/${mark}/pods?watch=1&timeoutSeconds=1`],
  ['GET', `/api/v1/namespaces/${mark}/pods?watch=&timeoutSeconds=1`],
  ['GET', `/api/v1/namespaces/${mark}/pods?watch=no&timeoutSeconds=1`],
  ['GET', `/api/v1/namespaces/${mark}/pods?watch=False&timeoutSeconds=1`],
  ['GET', `/api/v1/namespaces/${mark}/pods?watch=0&watch=1&timeoutSeconds=1`],
  ['GET', `/api/v1/namespaces/${mark}/pods?watch=1&watch=0&timeoutSeconds=1`],
  ['GET', `/api/v1/namespaces/${mark}/pods?w%61tch=1&timeoutSeconds=1`],
  ['GET', `/api/v1/watch/namespaces/${mark}/pods?timeoutSeconds=1`],
  ['GET', `/api/v1/watch/namespaces/${mark}/pods/a?timeoutSeconds=1`],
  ['GET', `/api/v1/proxy/namespaces/${mark}/pods/a/b`],
  ['GET', `/apis/apps/v1/namespaces/${mark}/deployments/a/scale`],
  ['GET', `/apis/${mark}.example.com/v1/things/a`],
  ['GET', `/apis/apps/v1?${mark}`],
  ['GET', `/api/v1?${mark}`],
  ['GET', `/${mark}/v1/a/b`],
];

beforeAll(async () => {
  cluster = await loadKubeconfig({ paths: [clusterContext().kubeconfig] });
  credential = await cluster.credentials.current();
});

async function send(method: string, path: string): Promise<void> {
  const { port, hostname } = new URL(cluster.server);
  const tls = tlsOptions(cluster, credential);
  const { authorization } = credential;
  const headers = authorization === undefined ? {} : { authorization };
  const request = https.request({ method, path, port, hostname, headers, agent: false, ...tls });
  request.end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'close');
}

describe('a request is about what the API server says it is about', () => {
  test.each(asked)('%s %s', async (method, path) => {
    await send(method, path);
    const event = await eventually('it is in the audit log', async () => {
      const events = await auditEvents(mark);
      return events.find(({ requestURI }) => requestURI === path);
    });
    const { verb, resource, subresource, namespace, name } = parseRequest(method, path);
    const { objectRef } = event;
    expect({ verb, resource, subresource, namespace, name }).toEqual({
      verb: event.verb,
      resource: objectRef?.resource ?? '',
      subresource: objectRef?.subresource,
      namespace: objectRef?.namespace,
      name: objectRef?.name,
    });
  });
});
