import { refId } from '../../../api/kustomize/inventory.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { Look } from '../apply/look.ts';
import type { LiveState } from '../apply/plan.ts';
import type { Desired } from '../build/desired.ts';
import type { Target } from '../target.ts';
import type { Work } from '../work.ts';
import { withoutIgnored } from './keep-ignored.ts';

/**
 * The state of an object without its ignored fields; undefined when none are. Without `times`, it
 * can be compared with another write of the same.
 */
export function essenceOf(
  { object, ignored }: Pick<Desired, 'object' | 'ignored'>,
  live: KubeObject,
  { managed }: Pick<Target, 'managed'>,
  times = true,
): LiveState | undefined {
  if (ignored.length === 0) return undefined;
  return managed.reduce(withoutIgnored(object, live, { ignored, times }));
}

/**
 * An object that was read, as it counts: others who wrote to nothing but ignored fields left it as
 * it was.
 */
export function overlookIgnored(item: Desired, look: Look, { memory, target }: Work): Look {
  const { view, full } = look;
  if (view.known !== 'live' || !full) return look;
  const essence = essenceOf(item, full, target);
  if (!essence) return look;
  const { live } = view;
  const applied = memory.applied.get(refId(item.ref));
  const isAsLeft =
    applied?.uid === live.uid && applied.essence !== undefined && applied.essence === essence.entry;
  if (isAsLeft) applied.entry = live.entry;
  if (applied && !essence.intruded) applied.intrusion = live.intrusion;
  return { full, view: { ...view, live: { ...live, intruded: essence.intruded } } };
}
