import type { CommitChanges } from '../support/git-server-repository.ts';
import { filesOf, type Fleet, type FleetKind, type FleetObject, type Unit } from './fleet.ts';

/** Chance, and names that were never used before. */
export interface Dice {
  /** In [0, 1). */
  roll(): number;
  pick<T>(items: readonly T[]): T | undefined;
  freshName(): string;
}

export function createDice(random: () => number): Dice {
  let last = 0;
  return {
    roll: random,
    pick: (items) => items[Math.floor(random() * items.length)],
    freshName: () => `object-${(last += 1)}`,
  };
}

const addedKinds: FleetKind[] = [
  'ConfigMap',
  'ConfigMap',
  'Secret',
  'ServiceAccount',
  'Deployment',
];
const mostObjects = 6;

/** A commit, and what moved in it. */
export interface Push {
  changes: CommitChanges;
  /** Objects that left a living Kustomization for another. */
  moved: { from: Unit; object: FleetObject }[];
}

/**
 * Changes the fleet in some of its directories and returns the commit that does the same to Git:
 * objects change, come, go, and move to another Kustomization of the tenant.
 */
export function randomPush(fleet: Fleet, dice: Dice, value: string): Push {
  const before = filesOf(fleet);
  const moved: Push['moved'] = [];
  const edits = 1 + Math.floor(dice.roll() * 5);
  for (let i = 0; i < edits; i += 1) {
    const unit = dice.pick(fleet.units);
    if (!unit) continue;
    const roll = dice.roll();
    if (roll < 0.4) change(unit, dice, value);
    else if (roll < 0.6) add(unit, dice, value);
    else if (roll < 0.75) drop(unit, dice);
    else moved.push(...move(unit, fleet, dice));
  }
  const after = filesOf(fleet);
  const write = [...after].filter(([file, text]) => before.get(file) !== text);
  const remove = [...before.keys()].filter((file) => !after.has(file));
  const changes = { write: Object.fromEntries(write), remove, message: `Change ${value}` };
  return { changes, moved };
}

function change(unit: Unit, dice: Dice, value: string): void {
  const object = dice.pick(unit.objects);
  if (object) object.value = value;
}

function add(unit: Unit, dice: Dice, value: string): void {
  const kind = dice.pick(addedKinds);
  if (!kind || unit.objects.length >= mostObjects) return;
  unit.objects.push({ kind, namespace: unit.namespace, name: dice.freshName(), value });
}

/** A directory keeps one object: Git holds no empty ones. */
function drop(unit: Unit, dice: Dice): void {
  const object = unit.objects.length > 1 ? dice.pick(unit.objects) : undefined;
  if (object) unit.objects = unit.objects.filter((other) => other !== object);
}

/** From one living Kustomization to another, so that nobody but them has to do anything. */
function move(unit: Unit, fleet: Fleet, dice: Dice): Push['moved'] {
  const isNeighbour = (other: Unit) =>
    other !== unit && other.namespace === unit.namespace && other.exists;
  const to = dice.pick(fleet.units.filter(isNeighbour));
  const object = unit.objects.length > 1 ? dice.pick(unit.objects) : undefined;
  if (!unit.exists || !to || !object) return [];
  unit.objects = unit.objects.filter((other) => other !== object);
  to.objects.push(object);
  return [{ from: unit, object }];
}
