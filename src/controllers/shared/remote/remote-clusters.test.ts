import { expect, test } from 'vitest';
import { createFakeClock } from '../../../../test/support/fake-clock.ts';
import { fixedCredential } from '../../../kube/cluster-config.ts';
import { createClient } from '../../../kube/connect.ts';
import { createRemoteClusters } from './remote-clusters.ts';

const config = {
  server: 'https://203.0.113.1/',
  namespace: 'default',
  credentials: fixedCredential(),
};

/** Two unused clusters stay connected, for a second. */
function setUp() {
  const clock = createFakeClock();
  let connected = 0;
  const connect = () => {
    connected++;
    return createClient({ cluster: config });
  };
  const clusters = createRemoteClusters({ connect, clock, maxIdle: 2, idleMs: 1_000 });
  const borrow = (id: string) => clusters.borrow({ id, config });
  return { clock, clusters, borrow, connected: () => connected };
}

test('who goes the same way shares the connections, and another way has its own', () => {
  const { clusters, borrow, connected } = setUp();
  expect(borrow('a').client).toBe(borrow('a').client);
  borrow('b');
  expect(connected()).toBe(2);
  expect(clusters.size).toBe(2);
});

test('what nobody uses stays for a while, and is closed then', () => {
  const { clock, clusters, borrow } = setUp();
  const [first, second] = [borrow('a'), borrow('a')];
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  clock.tick(5_000);
  expect(clusters.size).toBe(1);
  second[Symbol.dispose]();
  clock.tick(900);
  borrow('a')[Symbol.dispose]();
  clock.tick(900);
  expect(clusters.size).toBe(1);
  clock.tick(200);
  expect(clusters.size).toBe(0);
});

test('of many that nobody uses, those used last stay; what is used is never closed', () => {
  const { clusters, borrow, connected } = setUp();
  borrow('used');
  for (const id of ['a', 'b', 'c']) borrow(id)[Symbol.dispose]();
  expect(clusters.size).toBe(3);
  borrow('used');
  borrow('c');
  expect(connected()).toBe(4);
  borrow('a');
  expect(connected()).toBe(5);
});
