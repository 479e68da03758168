import type { AdmissionRule } from './admission-rule.ts';
import type { AdmissionRequest } from './request.ts';
import type { Denial, Told } from './verdict.ts';

/** What the rules of a hook say of a request together. */
export interface Decision {
  denial?: Denial;
  /** The rule that refused. */
  rule?: string;
  /** The object as the rules want it; absent when none changed it. */
  object?: AdmissionRequest['object'];
  warnings: readonly string[];
  /** What Events tell of a request that goes on. */
  told: readonly Told[];
}

/** Asks the rules in order: each sees what those before it made of the object; a refusal ends it. */
export async function evaluateRules<Context>(
  rules: readonly AdmissionRule<Context>[],
  request: AdmissionRequest,
  context: Context,
): Promise<Decision> {
  let current = request;
  const warnings: string[] = [];
  const told: Told[] = [];
  for (const rule of rules) {
    const verdict = await rule.check(current, context);
    if (verdict?.verdict === 'deny') {
      return { denial: verdict, rule: rule.name, warnings, told: [] };
    }
    if (verdict?.verdict === 'warn') warnings.push(...verdict.messages);
    if (verdict?.verdict === 'change') {
      current = { ...current, object: verdict.object };
      if (verdict.told) told.push(verdict.told);
    }
  }
  return { warnings, told, ...(current.object !== request.object && { object: current.object }) };
}
