import type { ManagedState } from '../../src/runtime/managed/managed-state.ts';

/** A state like any other, for tests. */
export function state(part: Partial<ManagedState<null>> = {}): ManagedState<null> {
  return {
    uid: 'u',
    resourceVersion: '5',
    deleting: false,
    readiness: { status: 'Current', message: '' },
    entry: 'e',
    intruded: false,
    outdated: false,
    owner: { namespace: 'team', name: 'apps' },
    marks: null,
    ...part,
  };
}
