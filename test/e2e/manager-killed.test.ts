import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEstate, type Estate } from '../support/estate.ts';

/**
 * `kill -9` of the manager at any moment during a reconcile leaves nothing half-owned: after each
 * restart, or at the latest when it is left alone, the cluster equals Git, nothing that Git always
 * held was ever deleted, and nothing that left Git stays.
 */
const kills = Number(process.env['TENANTRY_KILLS'] ?? 50);
const seed = Number(process.env['TENANTRY_SEED'] ?? Date.now() % 2 ** 31);

let estate: Estate;
beforeAll(async () => {
  estate = await startEstate({ tenants: ['kill-a', 'kill-b'] });
});
afterAll(() => estate?.[Symbol.asyncDispose]());

/** A small repeatable generator (mulberry32): a failure prints the seed that repeats it. */
function randomFrom(state: number): () => number {
  let s = state;
  return () => {
    s = (s + 0x6d2b79f5) | 0;
    let t = Math.imul(s ^ (s >>> 15), 1 | s);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const configMap = (name: string, value: string) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata:\n  value: "${value}"\n`;

test(`${kills} kills at random moments (seed ${seed})`, { timeout: 600_000 }, async () => {
  const random = randomFrom(seed);
  const { tenants } = estate;
  // What Git always holds: its UIDs must survive everything.
  const constant = Object.fromEntries(
    tenants.flatMap((tenant) =>
      [0, 1, 2].map((n) => [`${tenant}/constant-${n}.yaml`, configMap(`constant-${n}`, 'stays')]),
    ),
  );
  let manager = await estate.startManager();
  for (const tenant of tenants) await estate.deploy(tenant);
  await estate.push({ write: constant, message: 'What stays' });
  await estate.equalsGit({ [tenants[0]!]: 3, [tenants[1]!]: 3 });
  const uids = await estate.uids();
  const eventsBefore = await estate.countEvents();

  const changing = new Map<string, Map<string, string>>(
    tenants.map((tenant) => [tenant, new Map()]),
  );
  for (let kill = 0; kill < kills; kill += 1) {
    const tenant = tenants[Math.floor(random() * tenants.length)]!;
    const files = changing.get(tenant)!;
    const name = `changing-${Math.floor(random() * 5)}`;
    const write: Record<string, string> = {};
    const remove: string[] = [];
    if (files.has(name) && random() < 0.4) {
      files.delete(name);
      remove.push(`${tenant}/${name}.yaml`);
    } else {
      files.set(name, `${kill}`);
      write[`${tenant}/${name}.yaml`] = configMap(name, `${kill}`);
    }
    await estate.push({ write, remove, message: `Change ${kill}` });
    await new Promise((resolve) => setTimeout(resolve, random() * 700));
    await manager.kill();
    manager = await estate.startManager();
  }

  await estate.requestSource();
  const expected = Object.fromEntries(
    tenants.map((tenant) => [tenant, 3 + changing.get(tenant)!.size]),
  );
  const objects = await estate.equalsGit(expected);
  for (const [tenant, files] of changing) {
    for (const [name, value] of files) expect(objects.get(`${tenant}/${name}`)).toBe(value);
  }
  const after = await estate.uids();
  for (const [key, uid] of uids) expect([key, after.get(key)]).toEqual([key, uid]);

  // A storm would be many events per change; one change makes a handful.
  const events = (await estate.countEvents()) - eventsBefore;
  expect(events).toBeLessThan(kills * 2 * 8);
  await manager.stop();
});
