import { expect, test } from 'vitest';
import { createFakeClock } from '../../../test/support/fake-clock.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { CacheChange, ReadCache } from '../../runtime/cache/read-cache.ts';
import { hostIndexOf } from './host-index.ts';
import { ingressType } from './hosts.ts';

const ingress = (name: string, ...hosts: string[]): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace: 'apps' },
  spec: { rules: hosts.map((host) => ({ host, http: { paths: [{ path: '/' }] } })) },
});
const server = (name: string) => ({ namespace: 'apps', name });

function indexOver(...stored: KubeObject[]) {
  const clock = createFakeClock();
  const listeners: ((change: CacheChange<KubeObject>) => void)[] = [];
  const cache = {
    type: ingressType,
    list: () => stored,
    onChange: (listener: (change: CacheChange<KubeObject>) => void) => listeners.push(listener),
  } as unknown as ReadCache<KubeObject>;
  return {
    clock,
    index: hostIndexOf(cache, clock),
    again: hostIndexOf(cache, clock),
    change: (change: CacheChange<KubeObject>) => listeners.forEach((listener) => listener(change)),
  };
}

test('follows what Ingresses serve', () => {
  const { index, change } = indexOver(ingress('a', 'x.example'));
  expect(index.serversOf('x.example;/')).toEqual([server('a')]);
  change({ before: ingress('a', 'x.example'), after: ingress('a', 'y.example') });
  change({ after: ingress('b', 'y.example') });
  expect(index.serversOf('x.example;/')).toEqual([]);
  expect(index.serversOf('y.example;/')).toEqual([server('a'), server('b')]);
  change({ before: ingress('a', 'y.example') });
  expect(index.serversOf('y.example;/')).toEqual([server('b')]);
});

test('is one for a cache', () => {
  const { index, again } = indexOver();
  expect(again).toBe(index);
});

test('counts what was just allowed, for a while', () => {
  const { index, clock } = indexOver();
  index.reserve(['x.example;/'], server('a'));
  expect(index.serversOf('x.example;/')).toEqual([server('a')]);
  clock.tick(10_001);
  expect(index.serversOf('x.example;/')).toEqual([]);
});
