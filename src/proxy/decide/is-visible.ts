import { matches } from '../../access/policy/allowed.ts';
import { selects } from '../../kube/label-selector.ts';
import type { Visible } from './decision.ts';

/** What of an object's metadata decides whether it is seen. */
export interface SeenMetadata {
  name: string;
  namespace?: string | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
}

/** Whether an object is among those. */
export function isVisible(visible: Visible, metadata: SeenMetadata): boolean {
  return visibilityOf(visible)(metadata);
}

/** Makes a function that says it of many objects. */
export function visibilityOf(visible: Visible): (metadata: SeenMetadata) => boolean {
  const { everything = false, patterns = [], anyOf = [] } = visible;
  const [names, namespaces] = [new Set(visible.names), new Set(visible.namespaces)];
  return ({ name, namespace, labels }) =>
    everything ||
    names.has(name) ||
    patterns.some((pattern) => matches(name, pattern)) ||
    (namespace !== undefined && namespaces.has(namespace)) ||
    anyOf.some((selector) => selects(selector, labels));
}

/** What any of them means. */
export function anyVisible(all: readonly Visible[]): Visible {
  const merged = (pick: (visible: Visible) => readonly string[] | undefined) =>
    [...new Set(all.flatMap((each) => pick(each) ?? []))].sort();
  const [names, patterns, namespaces] = [
    merged((each) => each.names),
    merged((each) => each.patterns),
    merged((each) => each.namespaces),
  ];
  const anyOf = all.flatMap((each) => each.anyOf ?? []);
  return {
    ...(all.some(({ everything }) => everything) && { everything: true as const }),
    ...(names.length > 0 && { names }),
    ...(patterns.length > 0 && { patterns }),
    ...(namespaces.length > 0 && { namespaces }),
    ...(anyOf.length > 0 && { anyOf }),
  };
}
