import { isOfPods } from '../normalise/resource-checks.ts';
import type { Container, PodSpec } from '../pods/pod.ts';
import { amountOf, unitsOf } from './units.ts';

/**
 * What the containers of a pod need together, as the scheduler counts it: all that run side by side,
 * or the most that one of those before them needs with its sidecars.
 */
export function aggregateRequests({
  containers = [],
  initContainers = [],
}: Pick<PodSpec, 'containers' | 'initContainers'>): Record<string, string> {
  const all = [...containers, ...initContainers];
  const names = new Set(all.flatMap(({ resources }) => Object.keys(resources?.requests ?? {})));
  return Object.fromEntries(
    [...names].filter(isOfPods).map((name) => {
      const needs = (list: readonly Container[]) =>
        list.reduce((sum, { resources }) => sum + unitsOf(name, resources?.requests?.[name]), 0n);
      const running = needs([...containers, ...initContainers.filter(isSidecar)]);
      const starting = initContainers.map((container, index) =>
        needs([container, ...initContainers.slice(0, index).filter(isSidecar)]),
      );
      return [
        name,
        amountOf(
          name,
          [running, ...starting].reduce((a, b) => (b > a ? b : a)),
        ),
      ];
    }),
  );
}

const isSidecar = ({ restartPolicy }: Container) => restartPolicy === 'Always';
