import { equalJson } from '../../base/json.ts';
import { re2 } from '../../base/re2/re2.ts';
import { celText } from '../policy/cel.ts';
import type { Rule } from '../policy/rule.ts';
import { mayOnTenant } from '../tenancy/identity-cel.ts';
import { nodeSelectorAnnotation, tenantLabel, Verb } from '../tenancy/vocabulary.ts';
import { staysCordoned } from './cordon-rule.ts';
import { keepsMetadataCel, type NamespaceFacts, type NamespaceSettings } from './facts.ts';
import { homeRules } from './home-rules.ts';
import { labelNamesTenant } from './label-names-rule.ts';
import { metadataRules } from './metadata-rules.ts';

/**
 * What holds of every Namespace, whoever asks: who may put one into a tenant, and that nobody takes
 * it out or moves it. No rule needs a parameter or a process of ours.
 */

const isAdministrator = (configuration: string) => (facts: NamespaceFacts) =>
  facts.may(Verb.Administer, configuration);
const isCreate = ({ operation }: NamespaceFacts) => operation === 'CREATE';

/** Namespaces of a tenant are created by those who own it. */
const createdByOwners = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-created-by-owners',
  cel:
    `request.operation != 'CREATE' || variables.tenant == '' || variables.isAdministrator || ` +
    mayOnTenant(Verb.Own, 'variables.tenant'),
  holds: (facts) =>
    !isCreate(facts) ||
    facts.after.label === '' ||
    isAdministrator(configuration)(facts) ||
    facts.may(Verb.Own, facts.after.label),
  message: `only an owner of the tenant in the label ${tenantLabel} may create a namespace in it`,
  remedy:
    'name the user, one of its groups or the ServiceAccount in spec.owners of the Tenant (or by a TenantOwner)',
});

/** A reference to a Tenant counts as the label does, so neither comes without the other. */
const referencesLabelled = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-reference-is-labelled',
  cel:
    `request.operation != 'CREATE' || variables.isAdministrator || size(variables.references) == 0 || ` +
    `(size(variables.references) == 1 && variables.references[0].name == variables.tenant)`,
  holds: (facts) => {
    const { owners, label } = facts.after;
    if (!isCreate(facts) || isAdministrator(configuration)(facts) || owners.length === 0)
      return true;
    return owners.length === 1 && owners[0] === label;
  },
  message: `an owner reference to a Tenant needs the label ${tenantLabel} of the same name, and no second one`,
  remedy: `leave the owner reference out: the label ${tenantLabel} is enough`,
});

/** Full, cordoned and terminating tenants get no further namespaces. */
const tenantTakesMore = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-tenant-takes-more',
  cel:
    `request.operation != 'CREATE' || variables.tenant == '' || variables.isAdministrator || ` +
    mayOnTenant(Verb.Extend, 'variables.tenant'),
  holds: (facts) =>
    !isCreate(facts) ||
    facts.after.label === '' ||
    isAdministrator(configuration)(facts) ||
    facts.may(Verb.Extend, facts.after.label),
  message:
    'the tenant takes no further namespace now: its quota is reached, or it is cordoned or being deleted',
  remedy:
    'raise spec.namespaceOptions.quota of the Tenant, delete a namespace of it, or set spec.cordoned to false',
});

/** `<tenant>-…`, where that is asked for. */
const namedAfterTenant = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-named-after-tenant',
  cel:
    `request.operation != 'CREATE' || variables.tenant == '' || variables.isAdministrator || ` +
    `object.metadata.name.startsWith(variables.tenant + '-') || ` +
    mayOnTenant(Verb.NameFreely, 'variables.tenant'),
  holds: (facts) => {
    const { label, name } = facts.after;
    if (!isCreate(facts) || label === '' || isAdministrator(configuration)(facts)) return true;
    return name.startsWith(`${label}-`) || facts.may(Verb.NameFreely, label);
  },
  message: "the name of the namespace must begin with the tenant's name and a dash",
  remedy: 'set spec.forceTenantPrefix of the Tenant to false, or choose another name',
});

/** Nobody moves a namespace into a tenant, out of it, or to another one. */
const keepsTenant = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-keeps-tenant',
  cel:
    `request.operation != 'UPDATE' || (variables.tenant == variables.oldTenant && ` +
    `variables.owned == variables.oldOwned) || variables.isAdministrator`,
  holds: (facts) => {
    const { before, after } = facts;
    if (!before || isCreate(facts)) return true;
    const isKept =
      before.label === after.label &&
      JSON.stringify(before.references) === JSON.stringify(after.references);
    return isKept || isAdministrator(configuration)(facts);
  },
  // Known word for word to automation around Capsule.
  message: 'namespace can not be patched into a tenant',
  remedy: 'an administrator (spec.administrators of the CapsuleConfiguration) may move namespaces',
});

/** Pods of a tenant stay on its nodes. */
const keepsNodes = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-keeps-nodes',
  cel:
    `variables.tenant == '' || variables.nodes == variables.oldNodes || ` +
    `(request.operation == 'CREATE' && size(variables.references) > 0) || variables.isAdministrator`,
  holds: (facts) => {
    const { before, after } = facts;
    const nodes = after.annotations[nodeSelectorAnnotation] ?? '';
    const old = before?.annotations[nodeSelectorAnnotation] ?? '';
    if (after.label === '' || nodes === old) return true;
    return (isCreate(facts) && after.owners.length > 0) || isAdministrator(configuration)(facts);
  },
  message: `the annotation ${nodeSelectorAnnotation} follows the Tenant's nodeSelector`,
  remedy: 'change spec.nodeSelector of the Tenant',
});

/**
 * Users of Capsule may ask for namespaces, and so patch all of them as far as RBAC goes: here they
 * are held to their own. What is going may outlive its owners' rights, so who can may help it to end;
 * but nobody labels it, which could as well keep it from ending.
 */
const changedByOwners = ({ configuration }: NamespaceSettings): Rule<NamespaceFacts> => ({
  name: 'namespace-changed-by-owners',
  cel:
    `request.operation != 'UPDATE' || (has(object.metadata.deletionTimestamp) && ${keepsMetadataCel}) || ` +
    `!variables.isCapsuleUser || variables.isAdministrator || ` +
    mayOnTenant(Verb.Own, 'variables.tenant'),
  holds: (facts) => {
    const { operation, before, after, isCapsuleUser, may } = facts;
    if (operation !== 'UPDATE' || !isCapsuleUser) return true;
    if (after.isGoing && keepsMetadata(before, after)) return true;
    return isAdministrator(configuration)(facts) || may(Verb.Own, after.label);
  },
  message: 'only the owners of a tenant may change its namespaces',
  remedy:
    'name the user, one of its groups or the ServiceAccount in spec.owners of the Tenant (or by a TenantOwner)',
});

const keepsMetadata = (before: NamespaceFacts['before'], after: NamespaceFacts['after']) =>
  equalJson(before?.labels, after.labels) && equalJson(before?.annotations, after.annotations);

/** Some names are not for tenants. */
const nameNotProtected = (settings: NamespaceSettings): Rule<NamespaceFacts> => {
  const { protectedNamespaceRegex: pattern = '', configuration } = settings;
  const finds = pattern === '' ? () => false : re2(pattern)?.test;
  return {
    name: 'namespace-name-not-protected',
    cel:
      pattern === ''
        ? 'true'
        : `request.operation != 'CREATE' || variables.tenant == '' || variables.isAdministrator || ` +
          `!object.metadata.name.matches(${celText(pattern)})`,
    holds: (facts) => {
      const { label, name } = facts.after;
      if (!isCreate(facts) || label === '' || isAdministrator(configuration)(facts)) return true;
      // A pattern that cannot be matched here protects every name.
      return finds !== undefined && !finds(name);
    },
    message: 'the name of the namespace is protected: choose another',
    remedy: 'change spec.protectedNamespaceRegex of the CapsuleConfiguration',
  };
};

/** Every rule about the namespaces of tenants. */
export function namespaceRules(settings: NamespaceSettings): Rule<NamespaceFacts>[] {
  return [
    createdByOwners,
    referencesLabelled,
    tenantTakesMore,
    namedAfterTenant,
    nameNotProtected,
    ...metadataRules,
    keepsTenant,
    keepsNodes,
    staysCordoned,
    changedByOwners,
    () => labelNamesTenant,
    homeRules,
  ].flatMap((make) => make(settings));
}
