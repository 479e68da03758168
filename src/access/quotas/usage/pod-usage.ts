import { isRecord } from '../../../base/json.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { parseQuantity, type Quantity } from '../../../kube/quantity.ts';
import {
  largestAmounts,
  readAmounts,
  sumAmounts,
  type Amounts,
} from '../../../kube/resource-list.ts';

const one = parseQuantity(1) as Quantity;

/** Resources that may be asked for by a whole pod; then what its containers ask for does not count. */
const podLevel = /^(cpu|memory|hugepages-.+)$/;

/** What a Pod uses of each resource that native quota knows, as its evaluator counts. */
export function podUsage(pod: KubeObject): Amounts {
  const usage = new Map<string, Quantity>([['count/pods', one]]);
  if (isOver(pod)) return usage;
  usage.set('pods', one);
  for (const [name, quantity] of podTotal(pod, 'requests')) {
    for (const counted of requestNames(name)) usage.set(counted, quantity);
  }
  for (const [name, quantity] of podTotal(pod, 'limits')) {
    if (/^(cpu|memory|ephemeral-storage)$/.test(name)) usage.set(`limits.${name}`, quantity);
  }
  return usage;
}

function isOver(pod: KubeObject): boolean {
  const { phase } = recordIn(pod, 'status');
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Under which names a request counts; of what others than Kubernetes provide, under one. */
function requestNames(name: string): string[] {
  const isNative = /^(cpu|memory|ephemeral-storage|hugepages-.+)$/.test(name);
  return isNative ? [name, `requests.${name}`] : [`requests.${name}`];
}

type Part = 'requests' | 'limits';

/**
 * Containers run side by side, with the init containers that stay (`restartPolicy: Always`); other
 * init containers run before, one by one, each beside those that stay and came earlier.
 */
function podTotal(pod: KubeObject, part: Part): Amounts {
  const spec = recordIn(pod, 'spec');
  const total = withPodLevel(containersTotal(spec, part), spec, part);
  const overhead = readAmounts(spec['overhead']);
  if (part === 'requests') return sumAmounts([total, overhead]);
  // Only what is limited at all has an overhead.
  const limited = new Map([...overhead].filter(([name]) => total.has(name)));
  return sumAmounts([total, limited]);
}

function containersTotal(spec: Record<string, unknown>, part: Part): Amounts {
  let staying: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of recordsIn(spec['initContainers'])) {
    const own = amountsOf(container, part);
    const stays = container['restartPolicy'] === 'Always';
    const beside = sumAmounts([staying, own]);
    if (stays) staying = beside;
    starting = largestAmounts([starting, beside]);
  }
  const running = recordsIn(spec['containers']).map((container) => amountsOf(container, part));
  return largestAmounts([sumAmounts([...running, staying]), starting]);
}

function withPodLevel(total: Amounts, spec: Record<string, unknown>, part: Part): Amounts {
  const own = [...amountsOf(spec, part)].filter(([name]) => podLevel.test(name));
  return new Map([...total, ...own]);
}

function amountsOf(of: Record<string, unknown>, part: Part): Amounts {
  const resources = of['resources'];
  return isRecord(resources) ? readAmounts(resources[part]) : new Map();
}

export function recordIn(of: KubeObject, field: string): Record<string, unknown> {
  const value = of[field];
  return isRecord(value) ? value : {};
}

export function recordsIn(list: unknown): Record<string, unknown>[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** Whether no container of a Pod asks for CPU or memory: its quality of service is BestEffort. */
export function isBestEffort(pod: KubeObject): boolean {
  const spec = recordIn(pod, 'spec');
  const parts = [spec, ...recordsIn(spec['initContainers']), ...recordsIn(spec['containers'])];
  return parts.every((part) =>
    (['requests', 'limits'] as const).every((which) =>
      ['cpu', 'memory'].every((name) => (amountsOf(part, which).get(name)?.nano ?? 0n) === 0n),
    ),
  );
}
