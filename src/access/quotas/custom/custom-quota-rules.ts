import type { CustomQuota } from '../../../api/capsule/custom-quota.ts';
import { equalJson } from '../../../base/json.ts';
import { formatQuantity, parseQuantity, zeroQuantity } from '../../../kube/quantity.ts';
import type { Rule } from '../../policy/rule.ts';

/** What the rules about custom quotas look at: what is written, and what was there. */
export interface CustomQuotaWrite {
  after: Pick<CustomQuota, 'spec'>;
  before?: Pick<CustomQuota, 'spec' | 'status'>;
}

const amount = (value: unknown) => parseQuantity(value) ?? zeroQuantity;
const usedOf = ({ before }: CustomQuotaWrite) => amount(before?.status?.usage?.used);

const usedText = `string(oldObject.?status.?usage.?used.orValue('0'))`;
const isUsed = `oldObject != null && sign(quantity(${usedText})) > 0`;
const limitCel = (object: string) => `quantity(string(${object}.spec.limit))`;

const positiveLimit: Rule<CustomQuotaWrite> = {
  name: 'custom-quota-limit-is-positive',
  cel: `sign(${limitCel('object')}) > 0`,
  holds: ({ after }) => amount(after.spec.limit).nano > 0n,
  message: 'spec.limit must be more than 0',
};

/** What is used stays allowed; a limit that is below it already may be raised by less. */
const coversUse: Rule<CustomQuotaWrite> = {
  name: 'custom-quota-covers-use',
  cel:
    `!(${isUsed}) || ${limitCel('object')}.compareTo(quantity(${usedText})) >= 0 || ` +
    `${limitCel('object')}.compareTo(${limitCel('oldObject')}) >= 0`,
  holds: (write) =>
    amount(write.after.spec.limit).nano >= usedOf(write).nano ||
    amount(write.after.spec.limit).nano >= amount(write.before?.spec.limit).nano,
  message: 'spec.limit cannot be less than what is used',
  messageCel:
    `'spec.limit cannot be ' + string(object.spec.limit) + ', which is less than what is used: ' + ` +
    usedText,
  explain: (write) =>
    `spec.limit cannot be ${String(write.after.spec.limit)}, which is less than what is used: ` +
    formatQuantity(usedOf(write)),
};

/** What was counted by other sources says nothing of these. */
const keepsSources: Rule<CustomQuotaWrite> = {
  name: 'custom-quota-keeps-sources',
  cel: `!(${isUsed}) || object.spec.sources == oldObject.spec.sources`,
  holds: (write) =>
    usedOf(write).nano <= 0n || equalJson(write.after.spec.sources, write.before?.spec.sources),
  message: 'spec.sources cannot be changed while something is used: create another quota instead',
};

export const customQuotaRules = [positiveLimit, coversUse, keepsSources];
