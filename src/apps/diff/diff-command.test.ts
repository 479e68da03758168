import { expect, test } from 'vitest';
import type { PlannedChange } from './change.ts';
import { diffCommand, formatPlan, type Plan } from './diff-command.ts';

const change = (
  action: PlannedChange['action'],
  more: Partial<PlannedChange> = {},
): PlannedChange => ({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  namespace: 'team-a',
  name: action,
  action,
  ...more,
});
const plan = (...changes: PlannedChange[]): Plan => ({
  kustomization: { namespace: 'team-a', name: 'app' },
  as: 'system:serviceaccount:team-a:gitops',
  access: [{ about: 'source', verdict: 'allowed', message: "GitRepository 'team-a/fleet'" }],
  changes,
});
const codeOf = (made: Plan) => diffCommand.exitCode?.(made as never);

test('a plan', () => {
  const made = plan(
    change('failed', { message: 'Deployment/team-a/failed: may not' }),
    change('configured', { diff: '@@ -1,1 +1,1 @@\n-a\n+b' }),
    change('unchanged'),
    change('skipped', { message: 'it exists' }),
  );
  expect(formatPlan({ ...made, instead: { of: 'another', why: 'because' } })).toBe(`\
Kustomization team-a/app, tried as system:serviceaccount:team-a:gitops, not as another: because
  source   allowed   GitRepository 'team-a/fleet'
✗ Deployment/team-a/failed: may not
► Deployment/team-a/configured configured
--- cluster/Deployment/team-a/configured
+++ build/Deployment/team-a/configured
@@ -1,1 +1,1 @@
-a
+b
► Deployment/team-a/skipped skipped: it exists
1 configured, 1 unchanged, 1 skipped, 1 failed`);
});

test('a plan of another cluster says so, and as whom the way there was read', () => {
  const cluster = "the cluster of Secret 'team-a/remote'";
  const made: Plan = { ...plan(), as: 'the user of the kubeconfig', cluster, access: [] };
  expect(formatPlan(made).split('\n')[0]).toBe(
    `Kustomization team-a/app, tried in ${cluster} as the user of the kubeconfig`,
  );
  const [first] = formatPlan({ ...made, instead: { of: 'x', why: '--as says so' } }).split('\n');
  expect(first).toMatch(/; what leads there was read not as x: --as says so$/);
});

test('an empty plan', () => {
  expect(formatPlan({ ...plan(), access: [] })).toBe(
    'Kustomization team-a/app, tried as system:serviceaccount:team-a:gitops\nnothing to apply',
  );
});

test.each<[string, PlannedChange['action'][], number]>([
  ['nothing changes', ['unchanged', 'skipped'], 0],
  ['something does', ['unchanged', 'deleted'], 1],
  ['something fails', ['created', 'failed'], 2],
])('the exit code when %s', (_, actions, code) => {
  expect(codeOf(plan(...actions.map((action) => change(action))))).toBe(code);
});

test.each([
  ['denied', 2],
  ['waiting', 0],
  ['unknown', 0],
] as const)('the exit code when something is %s', (verdict, code) => {
  expect(codeOf({ ...plan(), access: [{ about: 'source', verdict, message: '' }] })).toBe(code);
});
