import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { formatKey } from '../../src/kube/object.ts';
import { configMap, home } from '../support/estate-objects.ts';
import { configMaps, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';

/** The API server goes away in the middle of work, and comes back: nobody has to help. */
const tenants = ['restart-a', 'restart-b'];
const outages = 3;
const seed = testSeed();

let estate: Estate;
let manager: ManagerProcess;
beforeAll(async () => {
  estate = await startEstate({ tenants });
  manager = await estate.startManager();
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

const files = (prefix: string, value: string) =>
  Object.fromEntries(
    tenants.flatMap((tenant) =>
      [0, 1, 2, 3].map((n) => [
        `${tenant}/${prefix}-${n}.yaml`,
        configMap(`${prefix}-${n}`, value),
      ]),
    ),
  );
const counts = (count: number) => Object.fromEntries(tenants.map((tenant) => [tenant, count]));

async function uids(): Promise<Map<string, string | undefined>> {
  const objects = await Promise.all([
    estate.applied(),
    ...[GitRepository, Kustomization].map(
      async ({ type }) => (await estate.admin.list(type)).items,
    ),
  ]);
  return new Map(
    objects.flat().map(({ kind, metadata }) => [`${kind} ${formatKey(metadata)}`, metadata.uid]),
  );
}

/** The manager has noticed that the API server is gone. */
const noticed = (since: number) =>
  eventually('the manager notices', async () =>
    manager.log.slice(since).some((line) => JSON.stringify(line).includes('ECONNREFUSED'))
      ? true
      : undefined,
  );

test(`outages in the middle of work (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  for (const tenant of tenants) await estate.deploy(tenant);
  // Nobody asks for anything from here on: the interval finds what was pushed.
  const spec = { interval: '1s' };
  await estate.admin.patch(
    GitRepository.type,
    { namespace: home, name: 'fleet' },
    { type: 'merge', body: { spec } },
  );
  await estate.git.commit('fleet', { write: files('constant', 'before') });
  const started = performance.now();
  await equalsGit(4);
  const workMs = performance.now() - started;
  const before = await uids();

  for (let outage = 0; outage < outages; outage += 1) {
    await estate.git.commit('fleet', {
      write: { ...files('constant', `${outage}`), ...files('coming', `${outage}`) },
    });
    await new Promise((resolve) => setTimeout(resolve, random() * workMs));
    const since = manager.log.length;
    await estate.plane.stopApiServer();
    // Git moves on meanwhile: what came goes again, what stays changes.
    await estate.git.commit('fleet', {
      write: files('constant', `${outage} while away`),
      remove: Object.keys(files('coming', '')),
    });
    await noticed(since);
    expect((await fetch(`${manager.healthUrl}/healthz`)).ok).toBe(true);
    await estate.plane.startApiServer();
    const objects = await equalsGit(4);
    for (const value of objects.values()) expect(value).toBe(`${outage} while away`);
    expect(await uids()).toEqual(before);
  }
  expect(manager.exited).toBe(false);
});

test('afterwards the watches see drift as before', async () => {
  const [tenant = ''] = tenants;
  const key = { namespace: tenant, name: 'constant-0' };
  const { metadata } = await estate.admin.get(configMaps, key);
  await estate.admin.delete(configMaps, key);
  await eventually('the object is back', async () => {
    const found = await estate.admin.get(configMaps, key);
    return found.metadata.uid === metadata.uid ? undefined : found;
  });
});

/** Also without a word of what went wrong. */
async function equalsGit(count: number): Promise<Map<string, string>> {
  const clear = {
    ready: 'True' as const,
    revision: await estate.tip(),
    lacks: ['Stalled', 'Reconciling', 'FetchFailed', 'StorageOperationFailed', 'ArtifactOutdated'],
  };
  await estate.settled('GitRepository', { namespace: home, name: 'fleet' }, clear);
  for (const namespace of tenants) {
    await estate.settled('Kustomization', { namespace, name: 'apps' }, clear);
  }
  return estate.equalsGit(counts(count));
}
