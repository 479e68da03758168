import type { Rule } from '../policy/rule.ts';
import { celText } from '../policy/cel.ts';
import { tenantLabel } from '../tenancy/vocabulary.ts';
import type { NamespaceFacts } from './facts.ts';

const isEmptyCel = (object: string) =>
  `${object}.?metadata.?labels[?${celText(tenantLabel)}].orValue('/') == ''`;
const isEmpty = (labels: Readonly<Record<string, string>> | undefined) =>
  labels?.[tenantLabel] === '';

/**
 * The label names a tenant, or is not there: selectors of others ask whether it is. Whoever asks; what was
 * stored before somebody looked can still be changed.
 */
export const labelNamesTenant: Rule<NamespaceFacts> = {
  name: 'namespace-label-names-tenant',
  cel: `!(${isEmptyCel('object')}) || (oldObject != null && ${isEmptyCel('oldObject')})`,
  holds: ({ before, after }) => !isEmpty(after.labels) || isEmpty(before?.labels),
  message: `the label ${tenantLabel} is empty: name a tenant, or leave the label out`,
};
