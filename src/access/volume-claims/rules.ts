import { classAllowed, classNamed, type ClassRule } from '../classes/class-rules.ts';
import type { Rule } from '../policy/rule.ts';
import { tenantLabel } from '../tenancy/vocabulary.ts';
import type { ClaimFacts } from './facts.ts';

const storageClass: ClassRule<ClaimFacts> = {
  kind: 'StorageClass',
  field: 'storageClasses',
  asked: 'classes',
  before: 'oldClasses',
  of: ({ isUpdate, classes, oldClasses, policies }) => ({
    isUpdate,
    asked: classes,
    before: oldClasses,
    allowed: policies.storageClasses,
  }),
};

/** A claim that chooses among volumes by their labels chooses among those of its tenant. */
const selectsOwn: Rule<ClaimFacts> = {
  name: 'claim-selects-own-volumes',
  cel:
    `request.operation != 'CREATE' || !has(object.spec.selector) || ` +
    `object.spec.selector.?matchExpressions.orValue([]).exists(e, e.key == '${tenantLabel}' && ` +
    `e.operator == 'In' && e.values == [variables.tenant])`,
  holds: ({ isUpdate, selector, tenant }) =>
    isUpdate ||
    !selector ||
    (selector.matchExpressions ?? []).some(
      ({ key, operator, values = [] }) =>
        key === tenantLabel && operator === 'In' && values.length === 1 && values[0] === tenant,
    ),
  message: `a claim with a selector selects PersistentVolumes of its tenant: ${tenantLabel} In [<tenant>]`,
};

/** A claim names no volume but an unbound one of its tenant. */
const namesOwn: Rule<ClaimFacts> = {
  name: 'claim-names-own-volume',
  cel:
    `variables.volume == '' || variables.volume == variables.oldVolume || ` +
    `variables.volume in params.policies.volumes || variables.isBinder || variables.isAdministrator`,
  holds: ({ volume, oldVolume, policies, isBinder, isAdministrator }) =>
    volume === '' ||
    volume === oldVolume ||
    policies.volumes.includes(volume) ||
    isBinder ||
    isAdministrator,
  // The same whether the volume is another tenant's, is in use, or does not exist.
  message: `a claim may name a PersistentVolume that has its tenant's label (${tenantLabel}) and is not bound yet`,
};

/** What holds of every PersistentVolumeClaim of a tenant. */
export const claimRules = [
  classNamed(storageClass),
  classAllowed(storageClass),
  selectsOwn,
  namesOwn,
];
