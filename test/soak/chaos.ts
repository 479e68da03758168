import { isNotFound } from '../../src/kube/api-error.ts';
import { readFile } from 'node:fs/promises';
import type { GitFault } from '../support/git-server-http.ts';
import { descendantsOf } from '../support/process-tree.ts';
import { idOf, kinds, valueAnnotation, type Unit } from './fleet.ts';
import { randomPush } from './pushes.ts';
import { deleteUnit, deployUnit, startOneManager, trouble, type World } from './world.ts';

/** One thing that may happen. */
interface Act {
  name: string;
  /** How likely, against the others. */
  weight: number;
  do(world: World): Promise<void>;
}

/** What happens in ordinary life. */
const everyday: readonly Act[] = [
  { name: 'push', weight: 40, do: push },
  { name: 'object edited by hand', weight: 20, do: editObject },
  { name: 'object deleted by hand', weight: 15, do: deleteObject },
  { name: 'Kustomization deleted', weight: 5, do: deleteKustomization },
  { name: 'Kustomization created anew', weight: 8, do: createKustomization },
];
/** What breaks. */
const breakage: readonly Act[] = [
  { name: 'Git server fault', weight: 4, do: breakGit },
  { name: 'renderer killed', weight: 6, do: killRenderer },
  { name: 'API server restarted', weight: 2, do: restartApiServer },
];
const managerKilled: Act = { name: 'manager killed', weight: 5, do: killManager };

/** Lets things happen until `untilMs` of the clock; kills managers only if told to. */
export async function causeChaos(
  world: World,
  { untilMs, killManagers }: { untilMs: number; killManagers: boolean },
): Promise<void> {
  const acts = [...everyday, ...breakage, ...(killManagers ? [managerKilled] : [])];
  const total = acts.reduce((sum, { weight }) => sum + weight, 0);
  while (Date.now() < untilMs) {
    let point = world.dice.roll() * total;
    const act = acts.find(({ weight }) => (point -= weight) < 0);
    if (act) {
      await act.do(world);
      world.done.set(act.name, (world.done.get(act.name) ?? 0) + 1);
    }
    await pause(world.dice.roll() * 2_000);
  }
}

/** Everything that was broken works again, and every Kustomization exists. */
export async function calmDown(world: World): Promise<void> {
  world.estate.git.heal();
  for (const unit of world.fleet.units) if (!unit.exists) await revive(world, unit);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function push(world: World): Promise<void> {
  const { fleet, dice, estate, done, leaving } = world;
  const { changes, moved } = randomPush(fleet, dice, `push-${(done.get('push') ?? 0) + 1}`);
  for (const { from, object } of moved) {
    leaving.set(from, [...(leaving.get(from) ?? []), idOf(object)]);
    done.set('object moved', (done.get('object moved') ?? 0) + 1);
  }
  await trouble(world, 'push', () => estate.push(changes));
}

function pickObject({ fleet, dice }: World) {
  // Secrets are compared at the interval, not watched: what is done to them is not put right at once.
  const objects = fleet.units
    .filter(({ exists }) => exists)
    .flatMap(({ objects }) => objects)
    .filter(({ kind }) => kind !== 'Secret');
  return dice.pick(objects);
}

async function editObject(world: World): Promise<void> {
  const object = pickObject(world);
  if (!object) return;
  const body = { metadata: { annotations: { [valueAnnotation]: 'edited by hand' } } };
  const { kind, namespace, name } = object;
  await unlessAbsent(
    world.estate.admin.patch(kinds[kind], { namespace, name }, { type: 'merge', body }),
  );
}

async function deleteObject(world: World): Promise<void> {
  const object = pickObject(world);
  if (!object) return;
  world.excused.add(idOf(object));
  const { kind, namespace, name } = object;
  const options = { propagationPolicy: 'Background' } as const;
  await unlessAbsent(world.estate.admin.delete(kinds[kind], { namespace, name }, options));
}

/** It may not have been made yet. */
async function unlessAbsent(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}

async function deleteKustomization(world: World): Promise<void> {
  const { fleet, dice } = world;
  const needed = new Set(
    fleet.units.flatMap(({ namespace, dependsOn }) => dependsOn.map((on) => `${namespace}/${on}`)),
  );
  const unit = dice.pick(
    fleet.units.filter((each) => each.exists && !needed.has(`${each.namespace}/${each.name}`)),
  );
  if (!unit) return;
  const leaving = world.leaving.get(unit) ?? [];
  await deleteUnit(world, unit, [...unit.objects.map(idOf), ...leaving]);
}

async function createKustomization(world: World): Promise<void> {
  const unit = world.dice.pick(world.fleet.units.filter(({ exists }) => !exists));
  if (unit) await revive(world, unit);
}

/** Also while the old one is still being deleted, which is then waited for. */
async function revive({ estate }: World, unit: Unit): Promise<void> {
  const { namespace, name } = unit;
  const { code, stderr } = await estate.kubectl([
    'wait',
    '--for=delete',
    `kustomization/${name}`,
    `--namespace=${namespace}`,
    '--timeout=120s',
  ]);
  if (code !== 0 && !stderr.includes('not found')) throw new Error(stderr);
  await deployUnit(estate, unit);
}

async function breakGit(world: World): Promise<void> {
  const { estate, dice } = world;
  const faults: GitFault[] = [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429 },
    { kind: 'stall' },
    { kind: 'truncate', afterBytes: 300, on: ['fetch'] },
  ];
  await trouble(world, 'git server', async () => {
    const fault = dice.pick([undefined, ...faults]);
    if (fault) estate.git.fault(fault);
    else await estate.git.leave();
    await push(world);
    await pause(1_000 + dice.roll() * 4_000);
    if (fault) estate.git.heal();
    else await estate.git.comeBack();
  });
}

async function killRenderer(world: World): Promise<void> {
  await trouble(world, 'renderer', async () => {
    // Work to be in the middle of.
    await push(world);
    await pause(world.dice.roll() * 1_000);
    const processes = await descendantsOf(world.manager.pid);
    const names = await Promise.all(
      processes.map(({ pid }) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
    );
    const engines = processes.filter((_, index) => names[index]?.startsWith('engine'));
    const engine = world.dice.pick(engines);
    if (!engine) return;
    try {
      process.kill(engine.pid, 'SIGKILL');
    } catch {
      // It has ended by itself meanwhile.
    }
  });
}

async function restartApiServer(world: World): Promise<void> {
  const { estate, dice } = world;
  await trouble(world, 'api server', async () => {
    await push(world);
    await pause(dice.roll() * 1_000);
    await estate.plane.stopApiServer();
    await pause(dice.roll() * 3_000);
    await estate.plane.startApiServer();
  });
}

async function killManager(world: World): Promise<void> {
  await trouble(world, 'manager', async () => {
    await push(world);
    await pause(world.dice.roll() * 3_000);
    await world.manager.kill();
    Object.assign(world, await startOneManager(world));
  });
}
