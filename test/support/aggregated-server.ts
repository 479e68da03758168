import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueServer } from '../../src/base/certificate.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { apply, freshName, kubectlOk } from './cluster.ts';
import type { ClusterContext } from './plane-setup.ts';

/** A server behind the API server, which answers for a group of kinds by an APIService. */
export interface AggregatedServer extends AsyncDisposable {
  group: string;
  /** The queries it was asked with so far. */
  queries: URLSearchParams[];
}

/** Objects by the plural name of their kind; those of a kind all have a namespace, or none has. */
export type AggregatedObjects = Readonly<Record<string, readonly KubeObject['metadata'][]>>;

const version = 'v1';

/**
 * Starts one that is as simple as such servers may be: it answers each list and each watch with all that
 * there is, and heeds no selector. Resolves once the API server sends requests to it.
 */
export async function startAggregatedServer(
  objects: AggregatedObjects,
  cluster: Pick<ClusterContext, 'kubeconfig' | 'kubectl'>,
  group = `${freshName('aggregated')}.example.org`,
): Promise<AggregatedServer> {
  const queries: URLSearchParams[] = [];
  const { certPem: cert, keyPem: key } = issueServer(createAuthority('aggregated'), ['127.0.0.1']);
  const server = https.createServer({ cert, key }, ({ url = '' }, response) => {
    const { pathname, searchParams: query } = new URL(url, 'https://x');
    const [plural = '', ...rest] = pathname.slice(`/apis/${group}/${version}/`.length).split('/');
    const items = (objects[plural] ?? []).map((metadata) => objectOf(group, plural, metadata));
    if (pathname === `/apis/${group}/${version}`) answer(response, resourcesOf(group, objects));
    else if (!(plural in objects)) answer(response, { code: 404 }, 404);
    else if (rest.length > 0) answerOne(response, items, rest);
    else {
      queries.push(query);
      if (query.has('watch')) tell(response, items);
      else answer(response, { ...typeOf(group, plural, 'List'), metadata: {}, items });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has such an address.
  await announce(group, (server.address() as AddressInfo).port, cluster);
  return {
    group,
    queries,
    async [Symbol.asyncDispose]() {
      await kubectlOk(['delete', 'apiservice', `${version}.${group}`], { cluster });
      server.close();
      server.closeAllConnections();
    },
  };
}

const kindOf = (plural: string) => `${plural.charAt(0).toUpperCase()}${plural.slice(1, -1)}`;

const typeOf = (group: string, plural: string, suffix = '') => ({
  apiVersion: `${group}/${version}`,
  kind: `${kindOf(plural)}${suffix}`,
});

const objectOf = (group: string, plural: string, metadata: KubeObject['metadata']) => ({
  ...typeOf(group, plural),
  metadata,
});

function resourcesOf(group: string, objects: AggregatedObjects): object {
  const resources = Object.entries(objects).map(([name, items]) => ({
    name,
    singularName: name.slice(0, -1),
    kind: kindOf(name),
    namespaced: items.some(({ namespace }) => namespace !== undefined),
    verbs: ['get', 'list', 'watch'],
  }));
  const groupVersion = `${group}/${version}`;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}

function answer(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** One without a namespace, by its name. */
function answerOne(
  response: ServerResponse,
  items: readonly ReturnType<typeof objectOf>[],
  path: readonly string[],
): void {
  const found = items.find(({ metadata }) => metadata.name === path.join('/'));
  answer(response, found ?? { code: 404 }, found ? 200 : 404);
}

/** A watch that tells of all that is there, and is over: what has not been told by then never is. */
function tell(response: ServerResponse, items: readonly object[]): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(items.map((object) => `${JSON.stringify({ type: 'ADDED', object })}\n`).join(''));
}

/** A Service of that name leads the API server to this machine. */
async function announce(
  group: string,
  port: number,
  cluster: Pick<ClusterContext, 'kubeconfig' | 'kubectl'>,
): Promise<void> {
  const service = { name: freshName('aggregated'), namespace: 'default' };
  const name = `${version}.${group}`;
  await apply(
    [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: service,
        spec: { type: 'ExternalName', externalName: '127.0.0.1' },
      },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name },
        spec: {
          group,
          version,
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          insecureSkipTLSVerify: true,
          service: { ...service, port },
        },
      },
    ],
    { cluster },
  );
  const ready = ['--for=condition=Available', '--timeout=240s'];
  await kubectlOk(['wait', `apiservice/${name}`, ...ready], { cluster });
}
