import path from 'node:path';
import { Kustomization } from '../../src/api/kustomize/kustomization.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import { freePort } from '../../src/engines/plane/free-port.ts';
import { home, kustomization } from '../support/estate-objects.ts';
import { startEstate, type Estate } from '../support/estate.ts';
import type { ManagerProcess } from '../support/manager-process.ts';
import { randomFrom } from '../support/random.ts';
import type { Cause, Trouble } from './explanations.ts';
import { createFleet, filesOf, type Fleet, type Unit } from './fleet.ts';
import type { SoakOptions } from './options.ts';
import { createDice, type Dice } from './pushes.ts';
import { watchFleet, type Sightings } from './sightings.ts';

/** Everything a soak acts on, and what it remembers of what it did. */
export interface World extends AsyncDisposable {
  options: SoakOptions;
  estate: Estate;
  fleet: Fleet;
  dice: Dice;
  sightings: Sightings;
  /** The running manager. */
  manager: ManagerProcess;
  /** Port of its inspector. */
  inspectorPort: number;
  /** Objects that we had deleted: they may have been made again. */
  excused: Set<string>;
  /**
   * Objects that moved to other Kustomizations since the last comparison, by where they were: who is
   * deleted before it let go of them takes them along.
   */
  leaving: Map<Unit, string[]>;
  troubles: Trouble[];
  /** How often each thing was done. */
  done: Map<string, number>;
  /** Log lines of all managers. */
  logFile: string;
  say(text: string): void;
}

/** Starts a control plane, a Git server, the fleet and a manager. */
export async function startWorld(
  options: SoakOptions,
  say: (text: string) => void,
): Promise<World> {
  await using starting = new AsyncDisposableStack();
  const dice = createDice(randomFrom(options.seed));
  const fleet = createFleet(options.count, dice.freshName);
  const estate = await startEstate({ tenants: fleet.tenants });
  starting.use(estate);
  // A server that stalls is given up sooner than by default.
  await estate.admin.patch(
    GitRepository.type,
    { namespace: home, name: estate.repository },
    { type: 'merge', body: { spec: { timeout: '10s' } } },
  );
  const sightings = watchFleet(estate.admin);
  starting.use(sightings);
  await estate.git.commit(estate.repository, { write: Object.fromEntries(filesOf(fleet)) });
  const logFile = path.join(options.keep ?? estate.storagePath, 'manager.log');
  const parts = { options, estate, fleet, dice, sightings, logFile, say };
  const started = await startOneManager(parts);
  for (const unit of fleet.units) await deployUnit(estate, unit);
  const running = starting.move();
  return {
    ...parts,
    ...started,
    excused: new Set(),
    leaving: new Map(),
    troubles: [],
    done: new Map(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A manager that tells its memory; not waited for. */
export async function startOneManager({
  estate,
  logFile,
}: Pick<World, 'estate' | 'logFile'>): Promise<Pick<World, 'manager' | 'inspectorPort'>> {
  const inspectorPort = await freePort();
  const launcher = ['/usr/bin/env', `NODE_OPTIONS=--inspect=127.0.0.1:${inspectorPort}`];
  const manager = await estate.spawnManager([], { launcher, logFile });
  return { manager, inspectorPort };
}

/** Creates the unit's Kustomization, as its tenant would. */
export async function deployUnit(estate: Estate, unit: Unit): Promise<void> {
  const { namespace, name, dependsOn } = unit;
  await estate.apply(
    kustomization(
      { namespace, name },
      {
        path: `./${namespace}/${name}`,
        wait: true,
        timeout: '5m',
        ...(dependsOn.length === 0 ? {} : { dependsOn: dependsOn.map((on) => ({ name: on })) }),
      },
    ),
  );
  unit.exists = true;
}

/** Deletes the unit's Kustomization, and with it its objects. */
export async function deleteUnit({ estate, excused }: World, unit: Unit, ids: string[]) {
  for (const id of ids) excused.add(id);
  unit.exists = false;
  const { namespace, name } = unit;
  await estate.admin.delete(Kustomization.type, { namespace, name });
}

/** Does something that may be heard of in the log. */
export async function trouble<T>(world: World, cause: Cause, work: () => Promise<T>): Promise<T> {
  const entry: Trouble = { cause, from: Date.now() };
  world.troubles.push(entry);
  try {
    return await work();
  } finally {
    entry.to = Date.now();
  }
}
