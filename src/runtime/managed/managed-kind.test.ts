import { describe, expect, it } from 'vitest';
import { state } from '../../../test/support/managed-state.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ManagedChange } from './kind-table.ts';
import { createManagedKind } from './managed-kind.ts';
import type { ManagedState } from './managed-state.ts';

const key = { namespace: 'team', name: 'a' };
const id = 'team/a';
const answer: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

/** A kind whose reader reduces the next written object to `next.state`. */
function kindWith(listed: [string, ManagedState<null>][] | null = []) {
  const told: ManagedChange<null>[] = [];
  const next = { state: state() };
  const kind = createManagedKind<null>(
    () => next.state,
    (change) => told.push(change),
  );
  if (listed) kind.news.listed(new Map(listed));
  return { kind, told, next };
}
const write = (kind: ReturnType<typeof kindWith>['kind'], during = () => {}) =>
  kind.write(key, async () => {
    await Promise.resolve();
    during();
    return answer;
  });

describe('a view', () => {
  it('is nothing before the kind was listed, and after watching became impossible', () => {
    const { kind } = kindWith(null);
    expect(kind.view(key)).toEqual({ known: 'nothing' });
    kind.news.listed(new Map());
    expect(kind.view(key)).toEqual({ known: 'absent' });
    kind.news.unwatched(false);
    expect(kind.view(key)).toEqual({ known: 'nothing' });
  });

  it('counts again once watching goes on, but not if the kind was gone meanwhile', () => {
    const { kind } = kindWith([[id, state()]]);
    kind.news.unwatched(false);
    kind.news.resumed();
    expect(kind.view(key)).toEqual({ known: 'live', live: state() });
    kind.news.unwatched(true);
    kind.news.resumed();
    expect(kind.view(key)).toEqual({ known: 'nothing' });
  });

  it('shows what was listed, without telling anybody', () => {
    const { kind, told } = kindWith([[id, state()]]);
    expect(kind.view(key)).toEqual({ known: 'live', live: state() });
    expect(told).toEqual([]);
  });
});

describe('an object', () => {
  it('is reduced once for each version of it', () => {
    let reductions = 0;
    const read = (resourceVersion: string, uid = 'u'): KubeObject => {
      return { ...answer, metadata: { name: 'a', uid, resourceVersion } };
    };
    const { news } = createManagedKind<null>(
      ({ metadata: { uid = '', resourceVersion = '' } }) => {
        reductions += 1;
        return state({ uid, resourceVersion });
      },
      () => {},
    );
    news.changed(id, news.reduce(id, read('1')));
    expect(news.reduce(id, read('1'))).toEqual(state({ uid: 'u', resourceVersion: '1' }));
    expect(reductions).toBe(1);
    news.reduce(id, read('2'));
    news.reduce(id, read('1', 'successor'));
    expect(reductions).toBe(3);
  });
});

describe('our own write', () => {
  it('is known at once, and its echo tells nobody', async () => {
    const { kind, told, next } = kindWith();
    next.state = state({ resourceVersion: '9' });
    await write(kind);
    expect(kind.view(key)).toEqual({ known: 'live', live: next.state });
    kind.news.changed(id, state({ resourceVersion: '9' }));
    expect(told).toEqual([]);
  });

  it('tells nobody when its echo comes before its answer', async () => {
    const { kind, told, next } = kindWith([[id, state({ entry: 'old' })]]);
    next.state = state({ resourceVersion: '9', entry: 'new' });
    await write(kind, () => kind.news.changed(id, next.state));
    expect(told).toEqual([]);
    expect(kind.view(key)).toEqual({ known: 'live', live: next.state });
  });

  it('does not hide what another did right after it', async () => {
    const { kind, told, next } = kindWith();
    next.state = state({ resourceVersion: '9', entry: 'new' });
    const theirs = state({ resourceVersion: '10', entry: 'theirs' });
    await write(kind, () => kind.news.changed(id, theirs));
    expect(told).toEqual([{ id, before: next.state, after: theirs }]);
  });

  it('does not bring back an object that was deleted meanwhile', async () => {
    const { kind, told, next } = kindWith();
    next.state = state({ resourceVersion: '9' });
    await write(kind, () => {
      kind.news.changed(id, next.state);
      kind.news.removed(id, 'u');
    });
    expect(kind.view(key)).toEqual({ known: 'absent' });
    expect(told).toEqual([{ id, before: next.state }]);
  });

  it('that failed hides nothing of what happened meanwhile', async () => {
    const { kind, told } = kindWith([[id, state()]]);
    const theirs = state({ resourceVersion: '10', entry: 'theirs' });
    const failing = kind.write(key, async () => {
      await Promise.resolve();
      kind.news.changed(id, theirs);
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(told).toEqual([{ id, before: state(), after: theirs }]);
  });
});

describe('while watching is refused, as by an API server that starts', () => {
  it('what others did is told by the list that ends it', () => {
    const { kind, told } = kindWith([[id, state()]]);
    kind.news.unwatched(false);
    kind.news.listed(new Map());
    expect(told).toEqual([{ id, before: state() }]);
  });

  it('our own writes are remembered, and told to nobody', async () => {
    const { kind, told, next } = kindWith([[id, state({ entry: 'old' })]]);
    kind.news.unwatched(false);
    next.state = state({ resourceVersion: '9', entry: 'new' });
    await write(kind);
    kind.news.resumed();
    kind.news.changed(id, next.state);
    expect(kind.view(key)).toEqual({ known: 'live', live: next.state });
    expect(told).toEqual([]);
  });
});

describe('our own deletion', () => {
  it('is marked as ours, whether its event comes before or after its answer', async () => {
    for (const isEarly of [true, false]) {
      const { kind, told } = kindWith([[id, state()]]);
      const event = () => kind.news.removed(id, 'u');
      await kind.remove(key, 'u', async () => {
        await Promise.resolve();
        if (isEarly) event();
      });
      if (!isEarly) event();
      expect(told).toEqual([{ id, before: state(), own: true }]);
    }
  });

  it('of one object does not cover the end of the next', async () => {
    const { kind, told } = kindWith([[id, state()]]);
    await kind.remove(key, 'u', () => Promise.resolve());
    kind.news.removed(id, 'u');
    const anew = state({ uid: 'u2', resourceVersion: '9' });
    kind.news.changed(id, anew);
    kind.news.removed(id, 'u2');
    expect(told.at(-1)).toEqual({ id, before: anew });
  });

  it('that failed covers nothing', async () => {
    const { kind, told } = kindWith([[id, state()]]);
    const failing = kind.remove(key, 'u', () => Promise.reject(new Error('forbidden')));
    await expect(failing).rejects.toThrow('forbidden');
    kind.news.removed(id, 'u');
    expect(told).toEqual([{ id, before: state() }]);
  });
});

describe('the end of the kind', () => {
  it('is the end of its objects when its CRD is gone', () => {
    const { kind, told } = kindWith([[id, state()]]);
    kind.news.unwatched(true);
    expect(told).toEqual([{ id, before: state() }]);
  });

  it('is no news of its objects when we may not watch it any more', () => {
    const { kind, told } = kindWith([[id, state()]]);
    kind.news.unwatched(false);
    expect(told).toEqual([]);
  });
});
