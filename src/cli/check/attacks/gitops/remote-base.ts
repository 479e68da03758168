import { untried } from '../../outcome.ts';
import type { Attack } from '../../attack.ts';
import { deployAttack, kustomization } from './kustomization.ts';
import { withoutOwnSource } from './own-source.ts';

/** What says that it was tried, and failed on the way. */
const network = /timed? ?out|no such host|could not resolve|connection refused|unreachable/i;

export const remoteBase: Attack = {
  id: 'gitops/remote-base',
  title: 'has its build fetch a base from somewhere else',
  why: 'what is built is not what was committed, and the controller dials whatever a tenant names',
  remedy: 'set --no-remote-bases=true on the controller',
  async attempt(world) {
    const none = await withoutOwnSource(world);
    if (none) return none;
    const spec = { path: './examples/check/remote-base' };
    const outcome = await deployAttack(world, kustomization(world, 'remote-base', spec));
    // Refused by the network is not refused.
    const isNetwork = outcome.verdict === 'refused' && network.test(outcome.detail);
    return isNetwork ? untried(outcome.detail) : outcome;
  },
};
