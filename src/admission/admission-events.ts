import { randomBytes } from 'node:crypto';
import { managedByController, managedByLabel, managedTenantLabel } from '../api/capsule/labels.ts';
import { tenantLabel } from '../access/tenancy/vocabulary.ts';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { redact } from '../base/redact.ts';
import type { KubeClient } from '../kube/client.ts';
import { apiVersionOf, type KubeObject, type ResourceType } from '../kube/object.ts';
import { PostedEvents } from '../runtime/posted-events.ts';
import type { AdmissionRequest } from './request.ts';
import type { Denial, Told } from './verdict.ts';

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
/** Where the API server takes Events about what is in no namespace. */
const usual = ['default', 'kube-system'];

/** Tells of what hooks did, behind the back of who waits for the answer. Never throws, never waits. */
export interface AdmissionEvents {
  refused(request: AdmissionRequest, denial: Denial): void;
  /** What goes on otherwise than it was asked for. A later hook or a policy may still refuse it. */
  changed(request: AdmissionRequest, told: Told): void;
}

export interface AdmissionEventsOptions {
  client: KubeClient;
  clock: Clock;
  log: Log;
  /** Where events about what is in no namespace go: `spec.events.namespace`. */
  namespace(): string;
}

/** An Event without what is the same for all. */
interface Note extends Told {
  action: 'ValidationDenied' | 'Mutated';
  type: 'Warning' | 'Normal';
}

/** Writes Events (events.k8s.io/v1); the same one again is told once in five minutes. */
export function createAdmissionEvents(options: AdmissionEventsOptions): AdmissionEvents {
  const { client, clock, log } = options;
  const posted = new PostedEvents(clock);
  let underWay = 0;
  function record(request: AdmissionRequest, note: Note): void {
    const { kind, namespace = '', name, userInfo } = request;
    const subject = JSON.stringify([kind.group, kind.kind, namespace, name]);
    const identity = JSON.stringify([note.reason, userInfo.username]);
    if (request.dryRun || underWay >= maxUnderWay) return;
    if (!posted.isNew(subject, note.type === 'Warning' ? 'error' : 'info', identity)) return;
    underWay++;
    client
      .create(eventType, eventOf(request, note, options))
      .catch((error: unknown) => log.debug('event not written', { error: String(error) }))
      .finally(() => underWay--);
  }
  return {
    refused: (request, { reason, message }) =>
      record(request, { action: 'ValidationDenied', type: 'Warning', reason, message }),
    changed: (request, told) => record(request, { action: 'Mutated', type: 'Normal', ...told }),
  };
}

function eventOf(
  request: AdmissionRequest,
  { reason, message, action, type }: Note,
  { clock, namespace: fallback }: AdmissionEventsOptions,
): KubeObject {
  const { userInfo, uid } = request;
  const tenant = tenantOf(request.object ?? request.oldObject);
  const about = regardingOf(request);
  const namespace = about.namespace ?? fallback();
  // Of what is in no namespace the API server takes Events elsewhere only if they say that they are there.
  const regarding = usual.includes(namespace) ? about : { ...about, namespace };
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: `${(regarding.name || 'request').slice(0, 200)}.${randomBytes(8).toString('hex')}`,
      namespace,
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
    action,
    reason,
    type,
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
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    name: name || (object?.metadata.name ?? ''),
    ...(isNamespaced && { namespace }),
    ...(uid !== undefined && { uid }),
  };
}
