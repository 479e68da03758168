import type { Quantity } from '../../../kube/quantity.ts';

const unit = 1_000_000_000n;
const thousandth = unit / 1000n;

/** The smallest amount of a resource that makes sense, as `Quantity.nano`: of CPU a thousandth. */
export function grainOf(resource: string): bigint {
  return /^((requests|limits)\.)?cpu$/.test(resource) ? thousandth : unit;
}

/** The amount in whole grains: what the API server would round up is not given twice. */
export function roundDown({ nano, format }: Quantity, resource: string): Quantity {
  const grain = grainOf(resource);
  return { nano: (nano / grain) * grain, format };
}
