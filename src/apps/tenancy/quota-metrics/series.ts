import type { Condition } from '../../../kube/object.ts';
import { approximateQuantity } from '../../../kube/quantity.ts';
import { amountOf, type Amounts } from '../../../kube/resource-list.ts';

/** One value of a family of metrics. */
export interface Series {
  family: string;
  labels: Record<string, string>;
  value: number;
}

/** A value for each resource of a list. */
export function perResource(
  family: string,
  labels: Record<string, string>,
  amounts: Amounts,
): Series[] {
  return [...amounts].map(([resource, quantity]) => ({
    family,
    labels: { ...labels, resource },
    value: approximateQuantity(quantity),
  }));
}

/** How much of each limit is used, in percent; 0 of a limit of nothing. */
export function percentages(
  family: string,
  labels: Record<string, string>,
  { used, limit }: { used: Amounts; limit: Amounts },
): Series[] {
  return [...limit].map(([resource, most]) => {
    const whole = approximateQuantity(most);
    const part = approximateQuantity(amountOf(used, resource));
    return { family, labels: { ...labels, resource }, value: whole > 0 ? (part / whole) * 100 : 0 };
  });
}

/** 1 for each condition of these types that is true, 0 for one that is not. */
export function conditionSeries(
  family: string,
  labels: Record<string, string>,
  { conditions = [], types }: { conditions?: readonly Condition[] | undefined; types: string[] },
): Series[] {
  return conditions
    .filter(({ type }) => types.includes(type))
    .map(({ type, status }) => ({
      family,
      labels: { ...labels, condition: type },
      value: status === 'True' ? 1 : 0,
    }));
}
