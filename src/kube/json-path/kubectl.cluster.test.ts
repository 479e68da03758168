import { expect, it } from 'vitest';
import { kubectlOk } from '../../../test/support/cluster.ts';
import { evaluateJsonPath } from './evaluate-json-path.ts';
import { parseJsonPath } from './parse-json-path.ts';

const object = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'one', labels: { 'app.kubernetes.io/name': 'web', tier: 'front' } },
  spec: {
    restartPolicy: 'Always',
    priority: 7,
    containers: [
      { name: 'main', image: 'nginx:1.27.0', resources: { requests: { cpu: '250m' } } },
      { name: 'side', image: 'busybox', resources: { requests: { cpu: '1' } }, tty: true },
    ],
    volumes: [
      { name: 'a', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'b', secret: {} },
    ],
  },
};

const paths = [
  '.spec.restartPolicy',
  '.spec.priority',
  '.spec.none.deeper',
  '.spec.containers[*].resources.requests.cpu',
  '.spec.volumes[*].emptyDir.sizeLimit',
  '.spec.containers[0].name',
  '.spec.containers[-1].name',
  '.spec.containers[0:1].name',
  '.spec.containers[0,1].name',
  '.spec.containers[*].name[*]',
  String.raw`.metadata.labels['app\.kubernetes\.io/name']`,
  String.raw`.metadata.labels.app\.kubernetes\.io/name`,
  '.spec.containers[?(@.image=="nginx:1.27.0")].name',
  '.spec.containers[?(@.name!="main")].name',
  '.spec.containers[?(@.tty)].name',
  '.spec.containers[?(@.tty==true)].name',
  '.spec..cpu',
  '.spec.restartPolicy[?(@=="Always")]',
  '.spec.containers[5].name',
  '.spec.containers[?(@.tty=="x")].name',
];

it('paths mean what they mean to kubectl, refusals included', async () => {
  for (const path of paths) {
    const ours = attempt(() => {
      const values = evaluateJsonPath(parseJsonPath(path), object, { left: 10_000 });
      return values.map(String).join(' ');
    });
    const input = JSON.stringify(object);
    const args = ['create', '--dry-run=client', '-f', '-', '-o', `jsonpath={${path}}`];
    const theirs = await kubectlOk(args, { input }).catch(() => undefined);
    expect([path, ours]).toEqual([path, theirs]);
  }
});

function attempt(work: () => string): string | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
