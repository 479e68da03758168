import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { ObjectStore } from './cache/object-store.ts';
import type { CacheChange, Caches, ReadCache } from './cache/read-cache.ts';
import { createTracking, type Tracking } from './tracking.ts';

const source: ResourceType = {
  group: 'source.dev',
  version: 'v1',
  kind: 'Source',
  plural: 'sources',
  namespaced: true,
};
const app: ResourceType = { ...source, group: 'apps.dev', kind: 'App', plural: 'apps' };
const tenant: ResourceType = { ...source, kind: 'Tenant', plural: 'tenants', namespaced: false };

let version: number;
let stores: Map<string, ObjectStore<KubeObject>>;
let woken: string[];
let tracking: Tracking;

/** Caches whose objects the test changes by hand. */
function handFedCaches(): Caches {
  const listeners = new Map<string, ((change: CacheChange<KubeObject>) => void)[]>();
  return {
    for<T extends KubeObject>({ kind }: ResourceType) {
      const mine = listeners.get(kind) ?? [];
      listeners.set(kind, mine);
      const announce = (change: CacheChange<KubeObject>) => {
        for (const listener of mine) listener(change);
      };
      const store = stores.get(kind) ?? new ObjectStore(createFakeClock(), announce);
      stores.set(kind, store);
      return {
        onChange(listener) {
          mine.push(listener as never);
          return () => mine.splice(mine.indexOf(listener as never), 1);
        },
      } as Partial<ReadCache<T>> as ReadCache<T>;
    },
  };
}

function change({ kind }: ResourceType, namespace: string, name: string, content: object = {}) {
  const metadata = { namespace, name, uid: `${namespace}-${name}` };
  stores.get(kind)?.change({
    apiVersion: 'x/v1',
    kind,
    metadata: { ...metadata, resourceVersion: String(++version) },
    spec: { version },
    ...content,
  });
}

const takeWoken = () => woken.splice(0).sort();

beforeEach(() => {
  version = 1;
  stores = new Map();
  woken = [];
  tracking = createTracking({
    caches: handFedCaches(),
    watches: [source, app, tenant],
    wake: (owner) => woken.push(owner),
    ownerOf: ({ kind }, { name }) => (kind === 'App' ? name : undefined),
  });
});

/** A complete run of `owner` that tracks these. */
function run(owner: string, ...tracked: Parameters<ReturnType<Tracking['begin']>['track']>[]) {
  const run = tracking.begin(owner);
  for (const each of tracked) run.track(...each);
  run.end();
}

describe('a change wakes', () => {
  test('those who track the object, and nobody else', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    run('two', [source, { namespace: 'a', name: 'y' }], [source, { namespace: 'b', name: 'x' }]);
    change(source, 'a', 'x');
    expect(takeWoken()).toEqual(['one']);
    change(source, 'b', 'x');
    expect(takeWoken()).toEqual(['two']);
    change(app, 'a', 'x');
    expect(takeWoken()).toEqual([]);
  });

  test('those who track any of the kind in the namespace, once', () => {
    run('one', [source, { namespace: 'a' }], [source, { namespace: 'a', name: 'x' }]);
    change(source, 'a', 'x');
    change(source, 'b', 'x');
    expect(takeWoken()).toEqual(['one']);
  });

  test('those who track a cluster-scoped object', () => {
    run('one', [tenant, { name: 'oil' }]);
    change(tenant, '', 'oil');
    expect(takeWoken()).toEqual(['one']);
  });

  test('also by appearing and by being deleted', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    change(source, 'a', 'x');
    const metadata = { namespace: 'a', name: 'x', uid: 'a-x', resourceVersion: '99' };
    stores.get('Source')?.remove({ apiVersion: 'x/v1', kind: 'Source', metadata });
    expect(takeWoken()).toEqual(['one', 'one']);
  });

  test('not when only bookkeeping differs', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    change(source, 'a', 'x', { spec: 1 });
    takeWoken();
    change(source, 'a', 'x', { spec: 1 });
    expect(takeWoken()).toEqual([]);
    change(source, 'a', 'x', { spec: 1, status: { ready: true } });
    expect(takeWoken()).toEqual(['one']);
  });

  test('not the object itself', () => {
    run('me', [app, { namespace: 'a', name: 'me' }], [app, { namespace: 'a' }]);
    change(app, 'a', 'me');
    expect(takeWoken()).toEqual([]);
    change(app, 'a', 'other');
    expect(takeWoken()).toEqual(['me']);
  });
});

describe('what a run tracks', () => {
  test('replaces what the run before it tracked', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    run('one', [source, { namespace: 'a', name: 'y' }]);
    change(source, 'a', 'x');
    expect(takeWoken()).toEqual([]);
    expect(tracking.size).toBe(1);
  });

  test('adds to it when the run was aborted', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    const aborted = tracking.begin('one');
    aborted.track(source, { namespace: 'a', name: 'y' });
    aborted.end({ keep: true });
    change(source, 'a', 'x');
    change(source, 'a', 'y');
    expect(takeWoken()).toEqual(['one', 'one']);
  });

  test('counts beside what the run before it tracked, until it ends', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    const next = tracking.begin('one');
    change(source, 'a', 'x');
    next.end();
    change(source, 'a', 'x');
    expect(takeWoken()).toEqual(['one']);
  });

  test('is forgotten with the owner, and with the controller', () => {
    run('one', [source, { namespace: 'a', name: 'x' }]);
    run('two', [source, { namespace: 'a', name: 'x' }]);
    tracking.forget('one');
    change(source, 'a', 'x');
    expect(takeWoken()).toEqual(['two']);
    tracking.stop();
    change(source, 'a', 'x');
    expect(takeWoken()).toEqual([]);
  });

  test('must be of a kind that the controller watches', () => {
    const other = { ...source, kind: 'Secret' };
    expect(() => tracking.begin('one').track(other, { namespace: 'a' })).toThrow(/Secret/);
  });
});

describe('no wake-up is lost', () => {
  test('when the change comes between reading and tracking', () => {
    const slow = tracking.begin('one');
    change(source, 'a', 'x');
    change(source, 'b', 'z');
    slow.track(source, { namespace: 'a', name: 'x' });
    expect(takeWoken()).toEqual(['one']);
    slow.track(source, { namespace: 'b' });
    expect(takeWoken()).toEqual(['one']);
  });

  test('and none is made up by changes from before the run', () => {
    const other = tracking.begin('other');
    change(source, 'a', 'x');
    const late = tracking.begin('one');
    late.track(source, { namespace: 'a', name: 'x' });
    expect(takeWoken()).toEqual([]);
    other.end();
    late.end();
  });

  test('while thousands of others change', () => {
    const slow = tracking.begin('slow');
    change(source, 'a', 'x');
    for (let index = 0; index < 12_000; index++) {
      if (index % 1000 === 0) run(`quick-${index}`);
      change(source, 'many', `o${index}`);
    }
    slow.track(source, { namespace: 'a', name: 'x' });
    expect(takeWoken()).toEqual(['slow']);
    slow.end();
  });

  test('whatever the order of reading, changing and tracking', () => {
    type Step = 'begin' | 'read' | 'track' | 'end' | 'change';
    const order = fc.shuffledSubarray<Step>(['change', 'change', 'change'], { minLength: 3 });
    const at = fc.array(fc.nat(4), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(order, at, fc.boolean(), (changes, positions, tracksFirst) => {
        const steps: Step[] = tracksFirst
          ? ['begin', 'track', 'read', 'end']
          : ['begin', 'read', 'track', 'end'];
        for (const [index, step] of changes.entries()) steps.splice(positions[index]!, 0, step);
        const owner = `o${version}`;
        let seen = -1;
        let current: ReturnType<Tracking['begin']> | undefined;
        for (const step of steps) {
          if (step === 'change') change(source, 'p', 'x');
          else if (step === 'read') seen = version;
          else if (step === 'begin') current = tracking.begin(owner);
          else if (step === 'track') current?.track(source, { namespace: 'p', name: 'x' });
          else current?.end();
        }
        const isOutdated = version > seen;
        if (isOutdated) expect(takeWoken()).toContain(owner);
        tracking.forget(owner);
        takeWoken();
      }),
    );
  });
});
