import { Reason } from '../../../api/reasons.ts';
import type { AttemptOf } from '../attempt.ts';
import type { Attempt } from '../memory.ts';
import type { Preparation } from '../work.ts';

/** Says that an attempt ended before it was known whether what it applied is healthy, and why. */
export function tellCanceled(
  { revision }: Attempt,
  next: AttemptOf,
  { run, spec, me }: Pick<Preparation, 'run' | 'spec' | 'me'>,
): void {
  const { kind, name, namespace = me.namespace } = spec.sourceRef;
  const cause =
    revision === next.revision
      ? `Kustomization/${me.namespace}/${me.name}`
      : `${kind}/${namespace}/${name}`;
  run.event({
    severity: 'info',
    reason: Reason.HealthCheckCanceled,
    message: `Health checks of revision ${revision} canceled: ${cause} changed`,
  });
}
