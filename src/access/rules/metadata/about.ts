import type { MetadataCheck } from '../../../api/capsule/rules/checks.ts';
import type { RuleFacts } from '../facts.ts';
import { isFound } from '../pattern.ts';

/** `<group>/<version>/<kind>` of what a request is about. */
const targetOf = ({ kind: { group, version, kind } }: RuleFacts) => `${group}/${version}/${kind}`;

/** The checks of metadata that are about the kind of an object. Namespaces are meant by name only. */
export function checksAbout(facts: RuleFacts): MetadataCheck[] {
  const target = targetOf(facts);
  const isNamespace = target === '/v1/Namespace';
  return (facts.checks.metadata ?? []).filter((check) =>
    isNamespace ? check.ofNamespaces : isFound(check.target, target),
  );
}

/** The same in CEL, whether a check `c` is about the kind of the request. */
export const isAboutCel =
  `(request.kind.kind == 'Namespace' && request.kind.group == '' ? c.ofNamespaces : ` +
  `(request.kind.group + '/' + request.kind.version + '/' + request.kind.kind).matches(c.target))`;
