import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { showProgress } from '../../src/engines/native/build-progress.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import type { Plane } from '../../src/engines/plane/plane.ts';
import { apply, freshName, kubectlOk } from './cluster.ts';

/** A node whose kubelet (native/kubelet) answers for containers that are in its memory alone. */
export interface Kubelet extends AsyncDisposable {
  node: string;
  /** Puts a Pod that waits to be scheduled on the node, and says that it runs. */
  run(namespace: string, pod: string): Promise<void>;
}

/** Starts it beside a plane, as one of its nodes. */
export async function startKubelet(plane: Plane): Promise<Kubelet> {
  const file = await buildNative('kubelet', { onProgress: showProgress(process.stderr) });
  const pki = (name: string) => path.join(plane.dir, 'pki', name);
  // It ends with its standard input: with this process at the latest.
  const child = spawn(
    file,
    [`-cert=${pki('server.crt')}`, `-key=${pki('server.key')}`, `-client-ca=${pki('ca.crt')}`],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const closed = once(child, 'close');
  const [port] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    closed.then(() => Promise.reject(new Error('the kubelet has ended'))),
  ])) as [string];
  const node = freshName('node');
  const metadata = { name: node };
  await apply([{ apiVersion: 'v1', kind: 'Node', metadata }], { cluster: plane });
  const patch = async (type: string, what: readonly string[], status: object) => {
    const how = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })];
    await kubectlOk(['patch', type, ...what, ...how], { cluster: plane });
  };
  await patch('node', [node], {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: Number(port) } },
  });
  return {
    node,
    async run(namespace, pod) {
      const binding = {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name: pod, namespace },
        target: { apiVersion: 'v1', kind: 'Node', name: node },
      };
      const url = `/api/v1/namespaces/${namespace}/pods/${pod}/binding`;
      const input = JSON.stringify(binding);
      await kubectlOk(['create', '--raw', url, '-f', '-'], { cluster: plane, input });
      await patch('pod', ['-n', namespace, pod], { phase: 'Running' });
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}
