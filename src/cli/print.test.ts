import { describe, expect, test } from 'vitest';
import { eventsCommand } from './events.ts';
import { getCommand } from './get.ts';
import type { EventRow } from './objects/event-row.ts';
import type { Row } from './objects/row.ts';
import { reconcileCommand } from './reconcile.ts';
import { suspendCommand } from './suspend.ts';
import { formatTrace, type TraceStep } from './trace.ts';
import { formatTree, type TreeNode } from './tree.ts';

const revision = `main@sha1:${'0123456789'.repeat(4)}`;
const app: Row = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'team-a',
  name: 'app',
  revision,
  suspended: false,
  ready: 'True',
  reason: 'ReconciliationSucceeded',
  message: `Applied revision: ${revision}`,
};
const fleet: Row = {
  ...app,
  apiVersion: 'source.toolkit.fluxcd.io/v1',
  kind: 'GitRepository',
  namespace: 'flux-system',
  name: 'fleet',
  revision: '',
  suspended: true,
  ready: 'False',
  message: 'cannot be reached:\n\u001b[31mno route',
};
const print = getCommand.print as (data: unknown, isNext?: boolean) => string;

describe('get', () => {
  test('one kind of one namespace', () => {
    const listing = { items: [app], allNamespaces: false, severalKinds: false };
    expect(print(listing)).toBe(`\
NAME   REVISION             SUSPENDED   READY   MESSAGE
app    main@sha1:01234567   False       True    Applied revision: main@sha1:01234567`);
    expect(print(listing, true)).toBe(
      'app   main@sha1:01234567   False   True   Applied revision: main@sha1:01234567',
    );
  });

  test('several kinds; what others wrote stays on its line and moves no cursor', () => {
    expect(print({ items: [fleet, app], allNamespaces: true, severalKinds: true })).toBe(`\
NAMESPACE     NAME                  REVISION   SUSPENDED   READY   MESSAGE
flux-system   gitrepository/fleet              True        False   cannot be reached: [31mno route

NAMESPACE   NAME                REVISION             SUSPENDED   READY   MESSAGE
team-a      kustomization/app   main@sha1:01234567   False       True    Applied revision: main@sha1:01234567`);
  });

  test('nothing', () => {
    expect(print({ items: [], allNamespaces: false, severalKinds: false })).toBe('');
  });
});

test('reconcile and suspend say what became of each object', () => {
  expect(reconcileCommand.print?.([app] as never)).toBe(
    '✔ kustomization/app Applied revision: main@sha1:01234567',
  );
  expect(suspendCommand.print?.([app, fleet] as never)).toBe(
    '✔ kustomization/app is suspended\n✔ gitrepository/fleet is suspended',
  );
});

test('events', () => {
  const event: EventRow = {
    lastSeen: '2026-01-01T00:00:00Z',
    type: 'Normal',
    reason: 'Progressing',
    kind: 'Kustomization',
    namespace: 'team-a',
    name: 'app',
    count: 3,
    message: 'Deployment/team-a/web configured\nService/team-a/web configured',
  };
  const source = { ...event, kind: 'GitRepository', namespace: 'flux-system', count: 1 };
  expect(eventsCommand.print?.([event] as never)).toBe(`\
LAST SEEN              TYPE     REASON        OBJECT              MESSAGE
2026-01-01T00:00:00Z   Normal   Progressing   Kustomization/app   Deployment/team-a/web configured Service/team-a/web configured (3 times)`);
  expect(eventsCommand.print?.([event, source] as never)).toContain(
    'GitRepository/flux-system/app',
  );
});

test('tree', () => {
  const node = (kind: string, name: string, children: TreeNode[] = []): TreeNode => ({
    apiVersion: 'v1',
    kind,
    namespace: 'team-a',
    name,
    status: 'Current',
    message: '',
    children,
  });
  const inner = node('Kustomization', 'inner', [
    { ...node('Pod', 'web'), status: 'InProgress', message: 'not scheduled' },
  ]);
  const outer = node('Kustomization', 'outer', [
    { ...node('Namespace', 'other'), namespace: '' },
    inner,
    { ...node('Secret', 'key'), status: 'Forbidden' },
  ]);
  expect(formatTree(outer)).toBe(`\
Kustomization/team-a/outer Current
├── Namespace/other Current
├── Kustomization/team-a/inner Current
│   └── Pod/team-a/web InProgress: not scheduled
└── Secret/team-a/key Forbidden`);
});

describe('trace', () => {
  const object: TraceStep = { kind: 'Pod', namespace: 'team-a', name: 'web', facts: {} };
  const applier = { ...object, kind: 'Kustomization', name: 'app', facts: { Path: './app' } };

  test('from the object to its source', () => {
    const source = {
      ...object,
      kind: 'GitRepository',
      name: 'fleet',
      facts: { Revision: revision },
    };
    expect(formatTrace({ object, appliedBy: [applier], source })).toBe(`\
Pod:            web
Namespace:      team-a
---
Kustomization:  app
Namespace:      team-a
Path:           ./app
---
GitRepository:  fleet
Namespace:      team-a
Revision:       ${revision}`);
  });

  test('of a Kustomization shows it once', () => {
    expect(formatTrace({ object: { ...applier, facts: {} }, appliedBy: [applier] })).toBe(`\
Kustomization:  app
Namespace:      team-a
Path:           ./app`);
  });

  test('of what nobody applied', () => {
    expect(formatTrace({ object, appliedBy: [] })).toContain('No object of ours applied it');
  });
});
