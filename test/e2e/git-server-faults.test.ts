import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { formatKey } from '../../src/kube/object.ts';
import { configMap, home } from '../support/estate-objects.ts';
import { configMaps, startEstate, type Estate } from '../support/estate.ts';
import { eventually } from '../support/eventually.ts';
import type { GitFault } from '../support/git-server-http.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { reportOnFailure } from '../support/report-on-failure.ts';
import { conditionOf, type WithStatus } from '../support/settled.ts';

/**
 * A Git server that fails in any of these ways gets a condition that says so and what to look at;
 * what was stored and applied stays, and stays defended; recovery is by itself.
 */
const tenant = 'faults';
const source = { namespace: home, name: 'fleet' };
const apps = { namespace: tenant, name: 'apps' };

let estate: Estate;
let manager: ManagerProcess;
beforeAll(async () => {
  estate = await startEstate({ tenants: [tenant] });
  manager = await estate.startManager();
  const body = { spec: { timeout: '4s' } };
  await estate.admin.patch(GitRepository.type, source, { type: 'merge', body });
  await estate.deploy(tenant);
  await estate.push({ write: { [`${tenant}/settings.yaml`]: configMap('settings', 'first') } });
  await estate.equalsGit({ [tenant]: 1 });
});
afterEach(() => estate.git.heal());
afterAll(() => estate?.[Symbol.asyncDispose]());
reportOnFailure(() => estate);

async function uids(): Promise<string[]> {
  return (await estate.applied()).map(({ metadata }) => `${formatKey(metadata)} ${metadata.uid}`);
}

/** What does not change while the Git server fails. */
async function lastGoodState() {
  const { status } = await estate.settled('GitRepository', source, { ready: 'True' });
  return { artifact: status?.artifact, uids: await uids() };
}

/** Breaks Git, pushes, and looks at the condition; then heals it and sees the push arrive. */
async function outage(
  break_: () => Promise<void> | void,
  mend: () => Promise<void> | void,
  message: RegExp,
): Promise<void> {
  const before = await lastGoodState();
  const value = `value ${Math.random()}`;
  const write = { [`${tenant}/settings.yaml`]: configMap('settings', value) };
  await estate.git.commit('fleet', { write });
  await break_();
  await estate.request();
  const failed = await estate.settled('GitRepository', source, {
    ready: 'False',
    reason: 'GitOperationFailed',
    message,
    has: ['FetchFailed', 'Reconciling', 'ArtifactInStorage'],
    lacks: ['Stalled'],
  });
  expect(conditionOf(failed, 'FetchFailed')?.message).toBe(conditionOf(failed, 'Ready')?.message);
  expect(failed.status?.artifact).toEqual(before.artifact);
  await estate.settled('Kustomization', apps, {
    ready: 'True',
    revision: before.artifact?.revision ?? '',
  });
  expect(await uids()).toEqual(before.uids);

  await mend();
  const clear = { ready: 'True' as const, revision: await estate.tip() };
  await estate.settled('GitRepository', source, {
    ...clear,
    lacks: ['FetchFailed', 'Reconciling', 'ArtifactOutdated'],
  });
  const objects = await estate.equalsGit({ [tenant]: 1 });
  expect(objects.get(`${tenant}/settings`)).toBe(value);
  expect(await uids()).toEqual(before.uids);
}

const url = 'http://127\\.0\\.0\\.1:\\d+/fleet\\.git';

describe('a Git server that', () => {
  test.each<[string, GitFault, RegExp]>([
    ['answers 500', { kind: 'status', status: 500 }, new RegExp(`^${url}: .*500`)],
    ['answers 503', { kind: 'status', status: 503 }, new RegExp(`^${url}: .*503`)],
    ['limits the rate', { kind: 'status', status: 429 }, new RegExp(`^${url}: .*rate of requests`)],
    ['stalls', { kind: 'stall' }, /4s|4 s|time/i],
    ['stalls when objects are fetched', { kind: 'stall', on: ['fetch'] }, /4s|4 s|time/i],
    ['truncates', { kind: 'truncate', afterBytes: 40 }, new RegExp(`^${url}: .*interrupted`)],
    [
      'truncates the objects',
      { kind: 'truncate', afterBytes: 60, on: ['fetch'] },
      new RegExp(`^${url}: .*interrupted`),
    ],
  ])('%s', async (_, fault, message) => {
    await outage(
      () => estate.git.fault(fault),
      () => estate.git.heal(),
      message,
    );
  });

  test('is gone', async () => {
    await outage(
      () => estate.git.leave(),
      () => estate.git.comeBack(),
      new RegExp(`^${url}: the server cannot be reached`),
    );
  });
});

test('while Git is gone, even a manager that starts anew defends what was applied', async () => {
  const before = await lastGoodState();
  await estate.git.leave();
  try {
    await manager.kill();
    manager = await estate.startManager();
    await estate.settled('GitRepository', source, { ready: 'False', has: ['FetchFailed'] });
    const key = { namespace: tenant, name: 'settings' };
    await estate.admin.delete(configMaps, key);
    await eventually('the object is back', async () => estate.admin.get(configMaps, key));
    const { status } = await estate.admin.get<WithStatus>(GitRepository.type, source);
    expect(status?.artifact?.digest).toBe(before.artifact?.digest);
  } finally {
    await estate.git.comeBack();
  }
  await estate.settled('GitRepository', source, { ready: 'True', lacks: ['FetchFailed'] });
  await estate.settled('Kustomization', apps, { ready: 'True' });
});
