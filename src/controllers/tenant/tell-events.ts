import { capsuleEventSource } from '../../api/capsule/event-source.ts';
import { Reason } from '../../api/reasons.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Work } from './work.ts';

/** Tells of a namespace that has become one of the tenant, once. */
export function tellAssigned(namespace: KubeObject, { tenant, deps, identity }: Work): void {
  const { uid } = namespace.metadata;
  if (tenant.status?.spaces?.some((space) => space.uid === uid)) return;
  const message = `the namespace belongs to tenant '${identity.name}'`;
  deps.recorder.record(namespace, capsuleEventSource, {
    severity: 'trace',
    reason: Reason.TenantAssigned,
    message,
  });
}

/** Tells that the tenant was cordoned, or may be worked in again. */
export function tellCordoning({ tenant, run }: Work): void {
  const isCordoned = tenant.spec.cordoned;
  const before = tenant.status?.conditions?.find(({ type }) => type === 'Cordoned');
  const wasCordoned = before?.status === 'True';
  if (isCordoned === wasCordoned) return;
  run.event({
    severity: 'trace',
    reason: isCordoned ? Reason.Cordoned : Reason.UnCordoned,
    message: isCordoned ? 'the tenant is cordoned' : 'the tenant may be worked in again',
  });
}
