import { describe, expect, it } from 'vitest';
import { readMarks } from './marks.ts';

const key = (name: string) => `kustomize.toolkit.fluxcd.io/${name}`;
const plain = { apply: 'override', prune: true, force: false };

describe('marks', () => {
  it('are off without labels and annotations', () => {
    expect(readMarks({})).toEqual(plain);
  });

  it.each([
    [{ ssa: 'Override' }, plain],
    [{ ssa: 'Merge' }, { ...plain, apply: 'merge' }],
    [{ ssa: 'IfNotPresent' }, { ...plain, apply: 'ifNotPresent' }],
    [{ ssa: 'Ignore' }, { ...plain, apply: 'never' }],
    [{ ssa: 'IGNORE' }, { ...plain, apply: 'never' }],
    [{ ssa: 'unheard-of' }, plain],
    [{ prune: 'disabled' }, { ...plain, prune: false }],
    [{ prune: 'Disabled' }, { ...plain, prune: false }],
    [{ prune: 'enabled' }, plain],
    [{ force: 'enabled' }, { ...plain, force: true }],
    [{ reconcile: 'disabled' }, { ...plain, apply: 'never', prune: false }],
    [
      { reconcile: 'disabled', ssa: 'Merge' },
      { ...plain, apply: 'never', prune: false },
    ],
  ])('of %o are %o, on annotations and on labels', (marks, expected) => {
    const map = Object.fromEntries(
      Object.entries(marks).map(([name, value]) => [key(name), value]),
    );
    expect(readMarks({ annotations: map })).toEqual(expected);
    expect(readMarks({ labels: map })).toEqual(expected);
  });
});
