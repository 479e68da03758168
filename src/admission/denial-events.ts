import { randomBytes } from 'node:crypto';
import { managedByController, managedByLabel, managedTenantLabel } from '../api/capsule/labels.ts';
import { tenantLabel } from '../access/tenancy/vocabulary.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import type { KubeClient } from '../kube/client.ts';
import type { KubeObject, ResourceType } from '../kube/object.ts';
import { PostedEvents } from '../runtime/posted-events.ts';
import type { AdmissionRequest } from './request.ts';
import type { Denial } from './verdict.ts';

const eventType: ResourceType = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  namespaced: true,
};

/** Events under way; what comes beyond is dropped. */
const maxUnderWay = 50;
const maxNote = 1000;

/** Tells of refusals, behind the back of who waits for the answer. Never throws, never waits. */
export interface DenialEvents {
  record(request: AdmissionRequest, denial: Denial): void;
}

export interface DenialEventsOptions {
  client: KubeClient;
  clock: Clock;
  log: Log;
  /** Where events about what is in no namespace go: `spec.events.namespace`. */
  namespace(): string;
}

/** Writes an Event (events.k8s.io/v1) for a refusal; the same one again is told once in five minutes. */
export function createDenialEvents(options: DenialEventsOptions): DenialEvents {
  const { client, clock, log } = options;
  const posted = new PostedEvents(clock);
  let underWay = 0;
  return {
    record(request, denial) {
      const { kind, namespace = '', name, userInfo } = request;
      const subject = JSON.stringify([kind.group, kind.kind, namespace, name]);
      const identity = JSON.stringify([denial.reason, userInfo.username]);
      if (request.dryRun || underWay >= maxUnderWay) return;
      if (!posted.isNew(subject, 'error', identity)) return;
      underWay++;
      client
        .create(eventType, eventOf(request, denial, options))
        .catch((error: unknown) => log.debug('event not written', { error: String(error) }))
        .finally(() => underWay--);
    },
  };
}

function eventOf(
  request: AdmissionRequest,
  { reason, message }: Denial,
  { clock, namespace: fallback }: DenialEventsOptions,
): KubeObject {
  const { userInfo, uid } = request;
  const tenant = tenantOf(request.object ?? request.oldObject);
  const regarding = regardingOf(request);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: `${(regarding.name || 'request').slice(0, 200)}.${randomBytes(8).toString('hex')}`,
      namespace: regarding.namespace ?? fallback(),
      labels: {
        [managedByLabel]: managedByController,
        ...(tenant !== undefined && { [managedTenantLabel]: tenant }),
      },
      annotations: {
        'audit.projectcapsule.dev/request-uid': uid,
        'audit.projectcapsule.dev/user': redact(userInfo.username),
        'audit.projectcapsule.dev/operation': request.operation,
      },
    },
    eventTime: new Date(clock.now()).toISOString().replace('Z', '000Z'),
    reportingController: 'controller.projectcapsule.dev',
    reportingInstance: 'capsule-admission',
    action: 'ValidationDenied',
    reason,
    type: 'Warning',
    note: redact(message).slice(0, maxNote),
    regarding,
  };
}

const tenantOf = (about: KubeObject | undefined) =>
  about?.metadata.labels?.[tenantLabel] ?? about?.metadata.labels?.[managedTenantLabel];

/** What was refused to change; a Namespace is in none, though its own request says so. */
function regardingOf({ kind, namespace, name, object, oldObject }: AdmissionRequest) {
  const isNamespaced = namespace !== undefined && kind.kind !== 'Namespace';
  const uid = oldObject?.metadata.uid;
  return {
    apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
    kind: kind.kind,
    name: name || (object?.metadata.name ?? ''),
    ...(isNamespaced && { namespace }),
    ...(uid !== undefined && { uid }),
  };
}
