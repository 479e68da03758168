import type { GlobalResourceQuota } from '../../api/capsule/global-resource-quota.ts';
import { formatQuantity } from '../../kube/quantity.ts';
import { amountOf, readAmounts, sameAmounts } from '../../kube/resource-list.ts';
import type { Rule } from '../policy/rule.ts';

/** What the rule about shared quotas looks at, of an update. */
export interface GlobalQuotaUpdate {
  after: Pick<GlobalResourceQuota, 'spec'>;
  before: Pick<GlobalResourceQuota, 'spec' | 'status'>;
}

const usedCel = 'oldObject.?status.?total.?used.orValue({})';
const hardCel = (object: string) => `${object}.?spec.?quota.?hard.orValue({})`;
const amountCel = (list: string) => `quantity(string(${list}[r]))`;

/** Resources that are used more than they may be. */
const brokenCel =
  `${usedCel}.filter(r, ${amountCel(usedCel)}.compareTo(quantity('0')) > 0 && ` +
  `!(r in ${hardCel('object')} && ${amountCel(hardCel('object'))}.compareTo(${amountCel(usedCel)}) >= 0))`;

function broken({ after, before }: GlobalQuotaUpdate): string[] {
  const hard = readAmounts(after.spec.quota.hard);
  if (sameAmounts(hard, readAmounts(before.spec.quota.hard))) return [];
  return [...readAmounts(before.status?.total.used)]
    .filter(([name, { nano }]) => nano > 0n && amountOf(hard, name).nano < nano)
    .map(([name]) => name)
    .sort();
}

const begins = 'spec.quota.hard cannot be less than what is used: ';

/** What is used stays allowed: a limit below it would stop what nobody asked for. */
const coversUse: Rule<GlobalQuotaUpdate> = {
  name: 'shared-quota-covers-use',
  cel: `${hardCel('object')} == ${hardCel('oldObject')} || size(${brokenCel}) == 0`,
  holds: (update) => broken(update).length === 0,
  message: begins,
  messageCel:
    `'${begins}' + ${brokenCel}.map(r, 'hard["' + r + '"] cannot be ' + ` +
    `(r in ${hardCel('object')} ? 'reduced to ' + string(${hardCel('object')}[r]) : 'removed') + ` +
    `' while ' + string(${usedCel}[r]) + ' is allocated').join('; ')`,
  explain(update) {
    const hard = readAmounts(update.after.spec.quota.hard);
    const used = readAmounts(update.before.status?.total.used);
    const texts = broken(update).map((name) => {
      const limit = hard.get(name);
      const change = limit ? `reduced to ${formatQuantity(limit)}` : 'removed';
      return `hard["${name}"] cannot be ${change} while ${formatQuantity(amountOf(used, name))} is allocated`;
    });
    return begins + texts.join('; ');
  },
};

export const globalQuotaRules = [coversUse];
