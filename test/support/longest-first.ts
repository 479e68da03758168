import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files that take long for their size: where vitest remembers no times it goes by size, and would
 * begin with these last, when nothing else is left to be done meanwhile. The longest first.
 */
const long = [
  'e2e/soak',
  'e2e/demo',
  'e2e/manager-killed',
  'e2e/hostile-inputs',
  'e2e/disk-full',
  'e2e/components-apart',
  'e2e/api-server-restart',
  'src/api/kinds.cluster',
  'health/expressions.cluster',
  'namespaces/equivalence.cluster',
  'plane/start-plane.lifecycle.cluster',
  'prune/deletion-policy.cluster',
  'kustomize/renderer.limits',
];

/** The order of files: what takes long begins first. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((one, other) => rankOf(one) - rankOf(other));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = long.findIndex((part) => moduleId.includes(`${part}.test`));
  return rank === -1 ? long.length : rank;
}
