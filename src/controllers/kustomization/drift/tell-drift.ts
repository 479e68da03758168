import { formatRef, refId, type ObjectRef } from '../../../api/kustomize/inventory.ts';
import { ConditionType, Reason } from '../../../api/reasons.ts';
import { redact } from '../../../base/redact.ts';
import { formsOf } from '../ending/tell-failure.ts';
import type { Work } from '../work.ts';

/** One object that was not as it had been left, and what became of it. */
export interface DriftFound {
  ref: ObjectRef;
  /** Who changed what. */
  what: string;
  isCorrected: boolean;
}

/** Objects that are listed. */
const maxObjects = 10;
/** Objects of which it is remembered that they were told. */
const maxTold = 500;

/**
 * Tells what was put right, and, once, what was left as it is. Of a build that waits for one of its
 * stages, what the later ones were found to be before still counts.
 */
export function tellDrift(drifts: readonly DriftFound[], isWholeBuild: boolean, work: Work): void {
  const { run, memory } = work;
  const corrected = drifts.filter(({ isCorrected }) => isCorrected);
  if (corrected.length > 0) {
    const message = listOf(corrected.map(toLine), work);
    run.event({ severity: 'info', reason: Reason.DriftCorrected, message });
  }
  const before = memory.toldDrift ?? new Map<string, string>();
  const left = leftAlone(drifts, isWholeBuild ? new Map() : before);
  memory.toldDrift = left;
  if (left.size === 0) {
    delete memory.toldDrift;
    if (isWholeBuild) run.clear(ConditionType.Drifted);
    return;
  }
  const message = listOf([...left.values()], work);
  run.condition(ConditionType.Drifted, 'True', Reason.DriftDetected, message);
  const isNews = [...left].some(([id, line]) => before.get(id) !== line);
  if (isNews) run.event({ severity: 'error', reason: Reason.DriftDetected, message });
}

/** What is known to be left as it is, by refId, once this run's findings are added. */
function leftAlone(
  drifts: readonly DriftFound[],
  before: ReadonlyMap<string, string>,
): Map<string, string> {
  const left = new Map(before);
  for (const drift of drifts) {
    const id = refId(drift.ref);
    if (drift.isCorrected) left.delete(id);
    else if (left.has(id) || left.size < maxTold) left.set(id, toLine(drift));
  }
  return left;
}

const toLine = ({ ref, what }: DriftFound) => `${formatRef(ref)} drifted: ${what}`;

function listOf(found: readonly string[], { secrets }: Work): string {
  const lines = found.toSorted((one, other) => one.localeCompare(other)).slice(0, maxObjects);
  const rest = found.length - lines.length;
  const all = [...lines, ...(rest > 0 ? [`and ${rest} more`] : [])].join('\n');
  // Names of fields may come from variables, too.
  return redact(all, formsOf(secrets));
}
