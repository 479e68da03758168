import type { Rule } from '../policy/rule.ts';
import { mayOnTenant } from '../tenancy/identity-cel.ts';
import { cordonedLabel, Verb } from '../tenancy/vocabulary.ts';
import type { NamespaceFacts, NamespaceSettings } from './facts.ts';

const isCordoned = (labels: Readonly<Record<string, string>> = {}) =>
  labels[cordonedLabel] === 'true';

/** A namespace of a cordoned tenant stays cordoned; others are uncordoned by their owners. */
export const staysCordoned = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-stays-cordoned',
  cel:
    `variables.oldTenant == '' || variables.oldCordoned != 'true' || variables.cordoned == 'true' || ` +
    `variables.isAdministrator || ${mayOnTenant(Verb.Uncordon, 'variables.oldTenant')}`,
  holds({ before, after, may }) {
    if (!before || before.label === '') return true;
    if (!isCordoned(before.labels) || isCordoned(after.labels)) return true;
    return may(Verb.Administer, configuration) || may(Verb.Uncordon, before.label);
  },
  message:
    'the namespace is uncordoned by owners of its tenant, while the tenant is not cordoned itself',
  remedy: 'set spec.cordoned of the Tenant to false',
});
