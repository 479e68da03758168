import type { Clock } from '../../base/clock.ts';
import type { ObjectKey } from '../../kube/object.ts';
import { idOf } from '../../runtime/object-id.ts';
import type { RunningController } from '../../runtime/run-controller.ts';

/** What changes meanwhile is looked at together. */
const togetherMs = 200;

/** Has objects looked at again, once for all that wakes them within a moment. */
export function wakeSoon(
  controller: Pick<RunningController, 'wake'>,
  clock: Pick<Clock, 'after'>,
): (key: ObjectKey) => void {
  const pending = new Set<string>();
  return ({ namespace, name }) => {
    const key = namespace === undefined ? { name } : { namespace, name };
    const id = idOf(key);
    if (pending.has(id)) return;
    pending.add(id);
    clock.after(togetherMs, () => {
      pending.delete(id);
      controller.wake(key);
    });
  };
}
