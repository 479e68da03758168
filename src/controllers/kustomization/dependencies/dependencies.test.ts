import { describe, expect, it } from 'vitest';
import { unmetDependency, type Dependant, type Dependency } from './dependencies.ts';

type SourceRef = Dependency['spec']['sourceRef'];
const sourceRef: SourceRef = { kind: 'GitRepository', name: 'fleet' };
const elsewhere: SourceRef = { kind: 'GitRepository', name: 'other' };
const lastTransitionTime = '2026-01-01T00:00:00Z';
type DependsOn = NonNullable<Dependency['spec']['dependsOn']>;

function dependency(
  name: string,
  part: {
    namespace?: string;
    ready?: 'True' | 'False' | 'Unknown' | undefined;
    observed?: number;
    applied?: string;
    source?: SourceRef;
    dependsOn?: DependsOn;
  } = {},
): Dependency {
  const { namespace = 'apps', observed = 2, applied = 'main@sha1:2', source = sourceRef } = part;
  const status = 'ready' in part ? part.ready : 'True';
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace, generation: 2 },
    spec: { sourceRef: source, dependsOn: part.dependsOn ?? [] },
    status: {
      observedGeneration: observed,
      lastAppliedRevision: applied,
      conditions: status
        ? [{ type: 'Ready', status, reason: 'Any', message: '', lastTransitionTime }]
        : [],
    },
  };
}

const dependant = (dependsOn: DependsOn, source = sourceRef): Dependant => ({
  key: { namespace: 'apps', name: 'web' },
  spec: { sourceRef: source, dependsOn },
  revision: 'main@sha1:2',
});

const reader = (...all: Dependency[]) => {
  return ({ namespace, name }: { namespace: string; name: string }) =>
    all.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
};

describe('a dependency is met', () => {
  it.each([
    ['when there is none', [], []],
    ['when it is ready at the same revision', [{ name: 'db' }], [dependency('db')]],
    [
      'at any revision of another source',
      [{ name: 'db' }],
      [dependency('db', { source: elsewhere, applied: 'main@sha1:1' })],
    ],
    [
      'in another namespace',
      [{ name: 'db', namespace: 'infra' }],
      [dependency('db', { namespace: 'infra' })],
    ],
  ] as [string, DependsOn, Dependency[]][])('%s', (_, dependsOn, all) => {
    expect(unmetDependency(dependant(dependsOn), reader(...all))).toBeUndefined();
  });

  it('by a source of the same name in another namespace, at any revision', () => {
    const far = dependency('db', { namespace: 'infra', applied: 'main@sha1:1' });
    const on = dependant([{ name: 'db', namespace: 'infra' }]);
    expect(unmetDependency(on, reader(far))).toBeUndefined();
  });
});

describe('a dependency is unmet', () => {
  it.each([
    ['when it does not exist', undefined, "dependency 'apps/db' not found"],
    [
      'without conditions',
      dependency('db', { ready: undefined }),
      "dependency 'apps/db' is not ready",
    ],
    ['when it failed', dependency('db', { ready: 'False' }), "dependency 'apps/db' is not ready"],
    ['while it runs', dependency('db', { ready: 'Unknown' }), "dependency 'apps/db' is not ready"],
    [
      'when its readiness is that of an older spec',
      dependency('db', { observed: 1 }),
      "dependency 'apps/db' is not ready",
    ],
    [
      'when it applied an older revision of the same source',
      dependency('db', { applied: 'main@sha1:1' }),
      "dependency 'apps/db' revision is not up to date",
    ],
    [
      'when it names the same source with its namespace',
      dependency('db', { applied: 'x', source: { ...sourceRef, namespace: 'apps' } }),
      "dependency 'apps/db' revision is not up to date",
    ],
  ])('%s', (_, found, message) => {
    const all = found ? [found] : [];
    expect(unmetDependency(dependant([{ name: 'db' }]), reader(...all))).toBe(message);
  });

  it('by the first of several that is not ready', () => {
    const all = [
      dependency('a'),
      dependency('b', { ready: 'False' }),
      dependency('c', { ready: 'False' }),
    ];
    const on = dependant([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    expect(unmetDependency(on, reader(...all))).toContain("'apps/b'");
  });
});

describe('a readyExpr', () => {
  const unready = dependency('db', { ready: 'False' });
  const on = (part: Partial<Dependant>) => ({
    ...dependant([{ name: 'db', readyExpr: 'dep.x == true' }]),
    ...part,
  });

  it('is asked instead of the built-in check', () => {
    const said = [{ value: true }];
    expect(unmetDependency(on({ said }), reader(unready))).toBeUndefined();
    const no = [{ value: false }];
    expect(unmetDependency(on({ said: no }), reader(dependency('db')))).toBe(
      "dependency 'apps/db' is not ready: its readyExpr is false",
    );
  });

  it('is asked besides it, where the gate says so', () => {
    const [yes, no] = [[{ value: true }], [{ value: false }]];
    const additive = (said: Dependant['said'] & object) => on({ said, isAdditive: true });
    expect(unmetDependency(additive(yes), reader(unready))).toBe(
      "dependency 'apps/db' is not ready",
    );
    expect(unmetDependency(additive(yes), reader(dependency('db')))).toBeUndefined();
    expect(unmetDependency(additive(no), reader(dependency('db')))).toContain('readyExpr is false');
  });

  it('that cannot be evaluated is not ready, and says why', () => {
    const said = [{ fault: { code: 'missing', detail: 'status.x' } as const }];
    expect(unmetDependency(on({ said }), reader(unready))).toMatch(
      /^dependency 'apps\/db': readyExpr: it reads 'status\.x', which is not there/,
    );
  });

  it('of what does not exist is never asked', () => {
    expect(unmetDependency(on({ said: [undefined] }), reader())).toBe(
      "dependency 'apps/db' not found",
    );
  });

  it('makes no cycle, unless the built-in check holds too', () => {
    const back = dependency('db', { ready: 'False', dependsOn: [{ name: 'web' }] });
    const said = [{ value: true }];
    expect(unmetDependency(on({ said }), reader(back))).toBeUndefined();
    expect(unmetDependency(on({ said, isAdditive: true }), reader(back))).toContain('cycle');
  });
});

describe('a cycle', () => {
  it('of one is named', () => {
    expect(unmetDependency(dependant([{ name: 'web' }]), reader())).toContain(
      'dependency cycle: apps/web → apps/web',
    );
  });

  it('of three is named in order, even when all look ready', () => {
    const all = [
      dependency('b', { dependsOn: [{ name: 'side' }, { name: 'c' }] }),
      dependency('side'),
      dependency('c', { dependsOn: [{ name: 'web' }] }),
    ];
    expect(unmetDependency(dependant([{ name: 'b' }]), reader(...all))).toContain(
      'apps/web → apps/b → apps/c → apps/web',
    );
  });

  it('that others form is theirs', () => {
    const all = [
      dependency('b', { dependsOn: [{ name: 'c' }] }),
      dependency('c', { dependsOn: [{ name: 'b' }] }),
    ];
    expect(unmetDependency(dependant([{ name: 'b' }]), reader(...all))).toBeUndefined();
  });

  it('is looked for without following every way to the same object', () => {
    const names = Array.from({ length: 300 }, (_, index) => `k${index}`);
    let links = 0;
    const counted = names.map((name) => ({
      get name() {
        links += 1;
        return name;
      },
    }));
    const all = names.map((name) => dependency(name, { dependsOn: counted }));
    expect(unmetDependency(dependant(counted), reader(...all))).toBeUndefined();
    expect(links).toBeLessThan(15_000);
  });
});
