import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { isRunning, type ProcessIdentity } from '../../src/engines/native/process-identity.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { configMap } from '../support/estate-objects.ts';
import { events, startEstate, type Estate } from '../support/estate.ts';
import { violatedInvariants } from '../support/invariants.ts';
import { descendantsOf, ended } from '../support/process-tree.ts';
import { randomFrom, testSeed } from '../support/random.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import type { WithStatus } from '../support/settled.ts';

/**
 * `kill -9` of the manager at any moment leaves nothing half-owned: when it is left alone at last,
 * the cluster equals Git, nothing that Git always held was ever deleted, nothing that left Git
 * stays, every object is in an inventory, and no process or half-written file is left behind.
 */
const kills = Number(process.env['TENANTRY_KILLS'] ?? 8);
const seed = testSeed();
const tenants = ['kill-a', 'kill-b'];
const names = Array.from({ length: 8 }, (_, index) => `changing-${index}`);
const constants = ['constant-0', 'constant-1', 'constant-2'];

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ tenants });
});
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

test(`${kills} kills at random moments (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  let manager = await estate.startManager();
  for (const tenant of tenants) await estate.deploy(tenant);
  await estate.push({ write: constantFiles(), message: 'What stays' });
  await estate.equalsGit(countsOf(new Map()));
  const before = await uidsOf(constants);
  const told = await countEvents();

  // From a manager's start to all work done, undisturbed; kills fall into that time.
  const changes = new Map<string, string>();
  await manager.kill();
  const started = performance.now();
  manager = await estate.startManager();
  const startMs = performance.now() - started;
  await estate.push(change(changes, 'calm', random));
  await estate.equalsGit(countsOf(changes));
  const workMs = performance.now() - started - startMs;

  const orphans: ProcessIdentity[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const waitUntilReady = random() < 0.8;
    const push = estate.push(change(changes, `${kill}`, random));
    if (waitUntilReady) await manager.ready();
    await push;
    await new Promise((resolve) =>
      setTimeout(resolve, random() * (waitUntilReady ? workMs : startMs)),
    );
    orphans.push(...(await descendantsOf(manager.pid)));
    await manager.kill();
    manager = await estate.spawnManager();
  }
  await manager.ready();

  await estate.request();
  const objects = await estate.equalsGit(countsOf(changes));
  for (const [key, value] of changes) expect([key, objects.get(key)]).toEqual([key, value]);
  expect(await uidsOf(constants)).toEqual(before);
  await expectInventoriesToMatch();
  expect((await leftInStore()).filter((file) => !file.endsWith('.tar.gz'))).toEqual([]);
  await ended(orphans);
  // Told anew by each manager at worst: one line per object and step of its work.
  expect((await countEvents()) - told).toBeLessThan((kills + 2) * 12);
  const last = await descendantsOf(manager.pid);
  await manager.stop();
  expect(manager.exitCode).toBe(0);
  expect(await Promise.all(last.map(isRunning))).not.toContain(true);
});

/** Some objects come, some change, some go: `namespace/name` to value, and the commit. */
function change(state: Map<string, string>, value: string, random: () => number) {
  const write: Record<string, string> = {};
  const remove: string[] = [];
  for (const tenant of tenants) {
    for (const name of names.filter(() => random() < 0.4)) {
      const key = `${tenant}/${name}`;
      if (state.has(key) && random() < 0.4) {
        state.delete(key);
        remove.push(`${key}.yaml`);
      } else {
        state.set(key, value);
        write[`${key}.yaml`] = configMap(name, value);
      }
    }
  }
  return { write, remove, message: `Change ${value}` };
}

function constantFiles(): Record<string, string> {
  return Object.fromEntries(
    tenants.flatMap((tenant) =>
      constants.map((name) => [`${tenant}/${name}.yaml`, configMap(name, 'stays')]),
    ),
  );
}

function countsOf(changes: Map<string, string>): Record<string, number> {
  const here = (tenant: string) =>
    [...changes.keys()].filter((key) => key.startsWith(`${tenant}/`)).length;
  return Object.fromEntries(tenants.map((tenant) => [tenant, constants.length + here(tenant)]));
}

async function uidsOf(wanted: readonly string[]): Promise<Map<string, string | undefined>> {
  const found = (await estate.applied()).filter(({ metadata }) => wanted.includes(metadata.name));
  return new Map(
    found.map(({ metadata }) => [`${metadata.namespace}/${metadata.name}`, metadata.uid]),
  );
}

/** Nothing half-owned: what carries our labels is in the inventory, and the other way round. */
async function expectInventoriesToMatch(): Promise<void> {
  const objects = await estate.applied();
  for (const namespace of tenants) {
    const key = { namespace, name: 'apps' };
    const owner = await estate.admin.get<WithStatus>(Kustomization.type, key);
    const ids = (owner.status?.inventory?.entries ?? []).map(({ id }) => id).sort();
    const here = objects.filter(({ metadata }) => metadata.namespace === namespace);
    expect(ids).toEqual(
      here.map(({ metadata }) => `${namespace}_${metadata.name}__ConfigMap`).sort(),
    );
    expect(violatedInvariants(owner)).toEqual([]);
  }
}

async function leftInStore(): Promise<string[]> {
  const root = path.join(estate.storagePath, 'artifacts');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** How often anything was told: repeated events are counted in one object. */
async function countEvents(): Promise<number> {
  const { items } = await estate.admin.list<KubeObject & { count?: number }>(events);
  return items.reduce((sum, { count }) => sum + (count ?? 1), 0);
}
