import { isRecord } from '../../base/json.ts';
import type { KubeObject } from '../../kube/object.ts';
import { readAmounts, writeAmounts, type Amounts } from '../../kube/resource-list.ts';

/** On the quota of a namespace: what a request waits for that its share has no room for. */
export const wantedAnnotation = 'quota.tenantry.dev/wanted';

/** How long a wish counts: nobody waits longer. */
const validMs = 10_000;
/** A wish from the future is none, whatever clocks say. */
const maxSkewMs = 60_000;

/** A wish as the annotation has it. */
export function formatWanted(amounts: Amounts, nowMs: number): string {
  return JSON.stringify({ atMs: nowMs, amounts: writeAmounts(amounts) });
}

/** What is wanted in the namespace of a quota now. */
export function wantedIn({ metadata }: KubeObject, nowMs: number): Amounts {
  const text = metadata.annotations?.[wantedAnnotation];
  if (text === undefined) return new Map();
  const wish = parse(text);
  if (!isRecord(wish) || typeof wish['atMs'] !== 'number') return new Map();
  const age = nowMs - wish['atMs'];
  return age < validMs && age > -maxSkewMs ? readAmounts(wish['amounts']) : new Map();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
