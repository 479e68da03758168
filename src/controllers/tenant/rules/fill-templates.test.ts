import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineBuildMs, startPool } from '../../../engines/render/__fixtures__/engine.ts';
import type { RenderPool } from '../../../engines/render/render-pool.ts';
import { createTemplates } from '../../../engines/templates/templates.ts';
import { hasTemplates } from '../../../access/rules/has-templates.ts';
import { fillTemplates, type Filling } from './fill-templates.ts';

let pool: RenderPool;
let filling: Filling;
beforeAll(async () => {
  pool = await startPool();
  filling = {
    templates: createTemplates(pool),
    tenant: 'oil',
    signal: new AbortController().signal,
    values: {
      tenant: { metadata: { name: 'oil' }, spec: { data: { registry: 'harbor.example' } } },
      namespace: { metadata: { name: 'oil-dev', labels: { env: 'dev', odd: 'a"\n- b' } } },
    },
  };
}, engineBuildMs);
afterAll(() => pool.close());

it('fills in the tenant, its data and the namespace, in values and keys', async () => {
  const rules = [
    {
      enforce: {
        registries: [{ exp: '^{{ .tenant.spec.data.registry }}/{{ .tenant.metadata.name }}/' }],
        labels: { 'team-{{ .namespace.metadata.name }}': { required: true } },
        from: 3,
      },
    },
  ];
  expect(await fillTemplates(rules, filling)).toEqual([
    {
      enforce: {
        registries: [{ exp: '^harbor.example/oil/' }],
        labels: { 'team-oil-dev': { required: true } },
        from: 3,
      },
    },
  ]);
});

it('what a label says stays one text', async () => {
  const filled = await fillTemplates(['{{ .namespace.metadata.labels.odd }}'], filling);
  expect(filled).toEqual(['a"\n- b']);
});

it.each(['{{ .namespace.metadata.labels.none }}', '{{ .tenant', '{{ env "HOME" }}'])(
  '%s is an error',
  async (text) => {
    await expect(fillTemplates([text], filling)).rejects.toThrow('a template in spec.rules');
  },
);

it.each([
  [[{ exp: '{{ .a }}' }], true],
  [[{ exp: 'a{2}' }], false],
  [undefined, false],
])('%j has templates: %s', (value, has) => expect(hasTemplates(value)).toBe(has));
