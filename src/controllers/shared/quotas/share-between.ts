import type { KubeObject } from '../../../kube/object.ts';
import { amountOf, largestAmounts, mapAmounts, type Amounts } from '../../../kube/resource-list.ts';
import { grainOf, roundDown } from './grain.ts';
import { quotaNumbers } from './managed-quota.ts';
import { shareLimit, type Holding } from './share-limit.ts';

/** A namespace among those that share a limit, with its quota. */
export interface Place {
  namespace: string;
  /** It is being deleted. */
  isGoing: boolean;
  /** Its quota, as the watch knows it. */
  live: KubeObject | undefined;
  /** The limits that were last decided, which the watch may not show yet. */
  decided: Amounts | undefined;
  /** What requests there wait for, beyond what is used. */
  wanted: Amounts;
}

/** The limits of each namespace that stays, by resource; see {@link shareLimit}. */
export function shareBetween(limit: Amounts, places: readonly Place[]): Map<string, Amounts> {
  const shares = [...mapAmounts(limit, roundDown)].map(([resource, { nano, format }]) => {
    const holdings = places.map((place) => holdingOf(place, resource));
    const limits = shareLimit({ limit: nano, holdings, grain: grainOf(resource) });
    return { resource, format, limits };
  });
  return new Map(
    places
      .filter(({ isGoing }) => !isGoing)
      .map(({ namespace }) => [
        namespace,
        new Map(
          shares.map(({ resource, format, limits }) => [
            resource,
            { nano: limits.get(namespace) ?? 0n, format },
          ]),
        ),
      ]),
  );
}

function holdingOf(
  { namespace, isGoing, live, decided, wanted }: Place,
  resource: string,
): Holding {
  const { hard, inForce, used: inUse } = quotaNumbers(live);
  const used = amountOf(inUse, resource).nano;
  const most = largestAmounts([hard, inForce, inUse, decided ?? new Map()]);
  return {
    namespace,
    used,
    hard: hard.get(resource)?.nano,
    ceiling: isGoing ? used : amountOf(most, resource).nano,
    wanted: amountOf(wanted, resource).nano,
    isGoing,
  };
}
