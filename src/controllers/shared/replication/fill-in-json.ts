import { isRecord, setOwn } from '../../../base/json.ts';
import type { LabelSelector } from '../../../kube/label-selector.ts';
import { fillIn, type TokenValues } from '../../../access/tenancy/fill-in.ts';

/** A JSON value with the tokens in all of its texts filled in, keys included. */
export function fillInJson(value: unknown, tokens: TokenValues): unknown {
  if (typeof value === 'string') return fillIn(value, tokens);
  if (Array.isArray(value)) return value.map((each) => fillInJson(each, tokens));
  if (!isRecord(value)) return value;
  const filled: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    setOwn(filled, fillIn(key, tokens), fillInJson(member, tokens));
  }
  return filled;
}

/** Labels or annotations with tokens filled in. */
export function fillInMap(
  map: Readonly<Record<string, string>> = {},
  tokens: TokenValues,
): Record<string, string> {
  // Texts stay texts.
  return fillInJson(map, tokens) as Record<string, string>;
}

/** A selector with tokens filled in. */
export function fillInSelector(selector: LabelSelector, tokens: TokenValues): LabelSelector {
  // Filled in, it has the form it had.
  return fillInJson(selector, tokens) as LabelSelector;
}
