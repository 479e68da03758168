import { afterAll, beforeAll, expect, test } from 'vitest';
import { configMap, home, kustomization, tenantObjects } from '../support/estate-objects.ts';
import { configMaps, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';

/**
 * Sources and Kustomizations reconciled by processes of their own: artifacts go over HTTP, with a
 * token of the consumer, and the same rules hold.
 */
const tenant = 'apart';
const stranger = 'stranger';
const leading = '--enable-leader-election';
const source = { namespace: home, name: 'fleet' };

let estate: Estate;
let sources: ManagerProcess;
let kustomize: ManagerProcess;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant], installed: { separateComponents: true } });
  await estate.apply(...tenantObjects(stranger));
  sources = await estate.startManager(['--components=source', leading]);
  kustomize = await estate.startManager([
    '--components=kustomize',
    leading,
    `--storage-adv-addr=${sources.storageAddr}`,
  ]);
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

test('a push is applied', async () => {
  await estate.deploy(tenant);
  await estate.push({ write: { [`${tenant}/settings.yaml`]: configMap('settings', 'first') } });
  const objects = await estate.equalsGit({ [tenant]: 1 });
  expect(objects.get(`${tenant}/settings`)).toBe('first');
});

test('who was not granted the source is denied', async () => {
  const key = { namespace: stranger, name: 'apps' };
  await estate.apply(kustomization(key, { path: `./${tenant}` }));
  await estate.settled('Kustomization', key, { ready: 'False', reason: 'AccessDenied' });
});

test('without a token the artifact server tells nothing', async () => {
  const { status } = await estate.settled('GitRepository', source, { ready: 'True' });
  const url = status?.artifact?.url ?? '';
  const answers = await Promise.all(
    [url, url.replace('fleet', 'nothing')].map(async (each) => {
      const answer = await fetch(each);
      return [answer.status, await answer.text()];
    }),
  );
  expect(answers[0]).toEqual([401, expect.any(String)]);
  expect(answers[1]).toEqual(answers[0]);
});

test('while sources are not reconciled, drift is corrected all the same', async () => {
  await sources.kill();
  const key = { namespace: tenant, name: 'settings' };
  await estate.admin.delete(configMaps, key);
  await eventually('the object is back', () => estate.admin.get(configMaps, key));
  expect(kustomize.exited).toBe(false);
});
