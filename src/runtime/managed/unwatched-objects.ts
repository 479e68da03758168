import type { ManagedObjects } from './managed-objects.ts';
import { reduceManaged, type ManagedProfile } from './reduce-managed.ts';

/**
 * The objects of a cluster that is not watched: nothing is known of them before they are read, and
 * nobody is woken. For clusters whose owner is not ours: an API server that nobody vouches for could
 * fill a watch without end.
 */
export function unwatchedObjects<Marks>(profile: ManagedProfile<Marks>): ManagedObjects<Marks> {
  return {
    use: () => Promise.resolve(),
    release() {},
    view: () => ({ known: 'nothing' }),
    reduce: (object) => reduceManaged(object, profile),
    write: async (_type, _key, send) => reduceManaged(await send(), profile),
    remove: (_type, _target, send) => send(),
    await() {},
    isHeld: () => false,
    onWake: () => () => {},
    close() {},
  };
}
