import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Kustomization } from '../../../api/kustomize/kustomization.ts';
import { createCel, type Cel } from '../../../engines/cel/cel.ts';
import { createRenderPool, type RenderPool } from '../../../engines/render/render-pool.ts';
import { buildNative } from '../../../engines/native/build-native.ts';
import { silentLog } from '../../../base/log.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { readyExpression } from '../dependencies/ready-expression.ts';
import { healthRules, readinessBy } from './health-rules.ts';

let pool: RenderPool;
let cel: Cel;
beforeAll(async () => {
  const binary = await buildNative('engine');
  const limits = { size: 1, maxMemoryBytes: 512 << 20, deadlineMs: 15_000 };
  pool = createRenderPool({ binary, ...limits, log: silentLog });
  cel = createCel(pool);
}, 300_000);
afterAll(() => pool.close());

const page = readFileSync(path.resolve('docs/health.md'), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(
  ([, text = '']) => parse(text) as KubeObject & { spec: Record<string, never> },
);
const find = (kind: string) => {
  const block = blocks.find((each) => each.kind === kind);
  if (!block) throw new Error(`docs/health.md shows no ${kind}`);
  return block;
};
const tenant = 'docs';

it.each([
  [{}, 'Current'],
  [{ readyReplicas: 1 }, 'InProgress'],
  [{ phase: 'Starting' }, 'InProgress'],
  [{ phase: 'OutOfDisk' }, 'Failed'],
  [{ phase: undefined }, 'Unknown'],
])('the Database of the page, with %j, is %s', async (part, status) => {
  const { spec } = Kustomization.decode(find('Kustomization'));
  const database = find('Database');
  const rule = healthRules(spec.healthCheckExprs).of({
    group: 'databases.example.org',
    kind: 'Database',
  });
  const object = { ...database, status: { ...(database['status'] as object), ...part } };
  const expressions = (rule?.expressions ?? []).map(({ source }) => ({ source }));
  const verdicts = await cel.evaluate(expressions, object, { tenant });
  expect(rule && readinessBy(rule, verdicts).status).toBe(status);
});

it('the readyExpr of the page, and what it says of guards, is as it says', async () => {
  const block = blocks.find(({ spec }) => spec?.['dependsOn'] !== undefined);
  const dependsOn = (block?.spec['dependsOn'] ?? []) as { readyExpr?: string }[];
  const source = dependsOn[1]?.readyExpr ?? '';
  const labelled = (version: string) => ({ metadata: { labels: { version } } });
  const values = { self: labelled('v2'), dep: labelled('v2') };
  const ask = (expression: Parameters<Cel['evaluate']>[0][0], of: object) =>
    cel.evaluate([expression], { ...of }, { tenant });
  expect(await ask(readyExpression(source), values)).toEqual([{ value: true }]);
  const suspended = readyExpression('dep.spec.suspend == true');
  expect(await cel.check([suspended], { tenant })).toEqual([undefined]);
  for (const guard of page.match(/`has\(status[^`]*`|`status\.\?[^`]*`/g) ?? []) {
    expect(await ask({ source: guard.slice(1, -1) }, { status: {} })).toEqual([{ value: false }]);
  }
});
