import { describe, expect, test } from 'vitest';
import type { TenantSpec } from '../../api/capsule/tenant.ts';
import {
  asked,
  oil,
  gas,
  view,
  facts,
  granting,
  shared,
  own,
  notGranted,
  bySelector,
  emptyList,
} from '../../../test/support/proxy-decisions.ts';
import type { ApiRequest } from '../request/api-request.ts';
import type { ProxyKind } from '../view/caller-view.ts';
import { decide } from './decide.ts';

describe('classes, nodes and volumes', () => {
  const kinds: [ProxyKind, Partial<ApiRequest> & { resource: string }][] = [
    ['Nodes', { resource: 'nodes' }],
    ['Nodes', { group: 'metrics.k8s.io', resource: 'nodes' }],
    ['PersistentVolumes', { resource: 'persistentvolumes' }],
    ['StorageClasses', { group: 'storage.k8s.io', resource: 'storageclasses' }],
    ['IngressClasses', { group: 'networking.k8s.io', resource: 'ingressclasses' }],
    ['PriorityClasses', { group: 'scheduling.k8s.io', resource: 'priorityclasses' }],
    ['RuntimeClasses', { group: 'node.k8s.io', resource: 'runtimeclasses' }],
  ];
  const verbs: [string, ('List' | 'Update' | 'Delete')[]][] = [
    ['list', ['List']],
    ['watch', ['List']],
    ['get', ['List']],
    ['update', ['List', 'Update']],
    ['patch', ['List', 'Update']],
    ['delete', ['List', 'Delete']],
  ];
  const operationSets = ['List', 'Update', 'Delete'].reduce<('List' | 'Update' | 'Delete')[][]>(
    (sets, each) => [...sets, ...sets.map((set) => [...set, each as 'List'])],
    [[]],
  );

  test.each(kinds)('%s %j: a verb takes exactly its operations', (kind, about) => {
    for (const [verb, needed] of verbs) {
      for (const operations of operationSets) {
        const request = asked(verb, about.resource, { ...about, name: 'a' });
        const decision = decide(request, granting({ [kind]: operations }), facts());
        const isGranted = needed.every((each) => operations.includes(each));
        expect([verb, operations, decision.kind]).toEqual([
          verb,
          operations,
          isGranted
            ? verb === 'list' || verb === 'watch'
              ? 'filter'
              : 'one-visible'
            : 'impersonate',
        ]);
        if (!isGranted) expect(decision).toEqual(notGranted);
      }
    }
  });

  test('a grant for one kind shows no other, and the same name in another group is another kind', () => {
    const nodes = granting({ Nodes: ['List', 'Update', 'Delete'] });
    const classes = asked('list', 'storageclasses', { group: 'storage.k8s.io' });
    expect(decide(classes, nodes, facts())).toEqual(notGranted);
    expect(decide(asked('list', 'nodes', { group: 'example.org' }), nodes, facts())).toEqual(own);
  });

  test.each<[Partial<TenantSpec>, object]>([
    [{ nodeSelector: { pool: 'oil', zone: 'a' } }, bySelector('pool in (oil),zone in (a)')],
    [{}, bySelector('!dontexistsignoreme')],
  ])('nodes of a tenant that is scheduled by %j', (more, expected) => {
    expect(decide(asked('list', 'nodes'), granting({ Nodes: ['List'] }, more), facts())).toEqual(
      expected,
    );
  });

  test.each<[TenantSpec['storageClasses'], object]>([
    [undefined, bySelector('!dontexistsignoreme')],
    [{ allowed: ['gold'], default: 'silver' }, { keep: { names: ['gold', 'silver'] } }],
    [{ allowedRegex: '^oil-', default: '' }, { keep: { patterns: ['^oil-'] } }],
    [{ matchLabels: { tier: 'a' } }, bySelector('tier in (a)')],
    [{ allowed: [], allowedRegex: '' }, emptyList],
  ])('storage classes that a tenant allows by %j', (storageClasses, expected) => {
    const request = asked('list', 'storageclasses', { group: 'storage.k8s.io' });
    const seen = granting(
      { StorageClasses: ['List'] },
      storageClasses === undefined ? {} : { storageClasses },
    );
    expect(decide(request, seen, facts())).toMatchObject(expected);
  });

  test('of two tenants only the one that grants shows its part', () => {
    const seen = view({
      tenants: [{ ...oil, operations: { PersistentVolumes: ['List'] } }, gas],
    });
    expect(decide(asked('list', 'persistentvolumes'), seen, facts())).toEqual(
      bySelector('capsule.clastix.io/tenant in (oil)'),
    );
  });

  test('of two tenants with different operations a verb sees those of its own', () => {
    const seen = view({
      tenants: [
        { ...oil, operations: { PersistentVolumes: ['List', 'Delete'] } },
        { ...gas, operations: { PersistentVolumes: ['List'] } },
      ],
    });
    const request = asked('delete', 'persistentvolumes', { name: 'a' });
    expect(decide(request, seen, facts())).toEqual({
      kind: 'one-visible',
      visible: { anyOf: [{ matchLabels: { 'capsule.clastix.io/tenant': 'oil' } }] },
    });
  });

  test('served by another server, items are looked at, whatever it makes of selectors', () => {
    const request = asked('list', 'nodes', { group: 'metrics.k8s.io' });
    const seen = granting({ Nodes: ['List'] }, { nodeSelector: { pool: 'oil' } });
    expect(decide(request, seen, facts({ isAggregated: true }))).toMatchObject({
      requirement: 'pool in (oil)',
      keep: { anyOf: [{ matchLabels: { pool: 'oil' } }] },
    });
  });
});

describe('what rules show', () => {
  const rules = view({ clusterResources: [shared] });
  const widgets = (verb: string) => asked(verb, 'widgets', { group: 'example.org', name: 'a' });
  test.each(['list', 'watch'])('%s', (verb) => {
    expect(decide(widgets(verb), rules, facts())).toEqual(bySelector('shared in (yes)'));
  });
  test('one', () => {
    expect(decide(widgets('get'), rules, facts())).toMatchObject({ kind: 'one-visible' });
  });
  test.each(['update', 'patch', 'delete', 'create', 'deletecollection'])('not %s', (verb) => {
    expect(decide(widgets(verb), rules, facts())).toEqual(own);
  });
  test('never what is in namespaces', () => {
    const namespaced = facts({ scope: 'namespaced' });
    expect(decide(asked('list', 'secrets'), rules, namespaced)).toEqual(emptyList);
    expect(
      decide(asked('get', 'secrets', { name: 'a', namespace: 'b' }), rules, namespaced),
    ).toEqual({
      kind: 'impersonate',
      forbiddenAs: 'not-found-without-namespace',
    });
  });
});
