import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { clusterContext } from './cluster.ts';

/** The fields of an audit.k8s.io/v1 Event that say who did what. */
export interface AuditEvent {
  stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  verb: string;
  requestURI: string;
  /** Who authenticated. */
  user: { username: string; groups?: string[] };
  /** As whom the request was judged, if impersonated. */
  impersonatedUser?: { username: string; groups?: string[] };
  userAgent?: string;
  objectRef?: { resource: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code: number; reason?: string };
  requestReceivedTimestamp: string;
  annotations?: Readonly<Record<string, string>>;
}

/**
 * What the API server has recorded so far of requests that mention `text`, such as a namespace of
 * fresh name. A request is recorded as it is answered: its client may know a moment earlier.
 */
export async function auditEvents(
  text: string,
  file = clusterContext().auditLogPath,
): Promise<AuditEvent[]> {
  if (file === undefined) throw new Error('this cluster was given: its audit log is not ours');
  const events: AuditEvent[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.includes(text)) continue;
    try {
      events.push(JSON.parse(line) as AuditEvent);
    } catch {
      // The last line may be half written.
    }
  }
  return events;
}
