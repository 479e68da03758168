import { unusedCapsuleOptions } from './capsule-options.ts';
import type { CommandOption } from '../../cli/command.ts';

const helm = 'accepted, and nothing: Helm sources are not among the components yet';

/**
 * Flags of Flux's and Capsule's controllers that have nothing to act on here: accepted, so that the arguments of
 * an installation need no change.
 */
export const unusedOptions: readonly CommandOption[] = [
  { flag: '--helm-cache-max-size <n>', description: helm, default: '0' },
  { flag: '--helm-cache-ttl <duration>', description: helm, default: '15m' },
  { flag: '--helm-cache-purge-interval <duration>', description: helm, default: '1m' },
  { flag: '--helm-index-max-size <bytes>', description: helm, default: '52428800' },
  { flag: '--helm-chart-max-size <bytes>', description: helm, default: '10485760' },
  { flag: '--helm-chart-file-max-size <bytes>', description: helm, default: '5242880' },
  ...unusedCapsuleOptions,
];
