import { describe, expect, test } from 'vitest';
import { beyond, fieldsOf, ourFacts, upstreamFacts } from '../../../test/support/schema-facts.ts';

/** Fields of ours that upstream's v1 has not, without those below them. */
const additions: Record<string, string[]> = {
  gitrepositories: ['spec.accessFrom', 'spec.gitImplementation'],
  kustomizations: [
    'spec.driftDetection',
    'spec.patchesJson6902',
    'spec.patchesStrategicMerge',
    'spec.pruneGuard',
    'spec.validation',
    'status.inventory.cluster',
    'status.inventory.entries[].left',
    'status.inventory.entries[].u',
    'status.inventory.generation',
    'status.inventory.revision',
  ],
};

/** Required where upstream forgot: a signature without keys to check it with proves nothing. */
const stricterOnPurpose = ['spec.verify.secretRef'];

describe.each(Object.keys(additions))('%s against upstream', (plural) => {
  test('v1 accepts what upstream accepts, with the same defaults and rules', () => {
    expect(beyond(upstreamFacts(plural, 'v1'), ourFacts(plural, 'v1'))).toEqual([]);
  });

  test('v1 adds the named optional fields and nothing else', () => {
    const added = beyond(ourFacts(plural, 'v1'), upstreamFacts(plural, 'v1'));
    const roots = added.filter((fact) => /^(spec\.\w+|status\.\S+) /.test(fact));
    expect(roots.map((fact) => fact.split(' ')[0])).toEqual(additions[plural]);
    expect(roots.filter((fact) => fact.endsWith(' required'))).toEqual([]);
    const known = additions[plural] ?? [];
    const stray = added.filter((fact) => !known.some((root) => fact.startsWith(root)));
    expect(stray).toEqual([]);
  });

  test.each(['v1beta1', 'v1beta2'])('%s knows every spec field upstream had', (version) => {
    const theirs = fieldsOf(upstreamFacts(plural, version)).filter((fact) =>
      fact.startsWith('spec'),
    );
    expect(theirs.length).toBeGreaterThan(20);
    expect(beyond(theirs, fieldsOf(ourFacts(plural, version)))).toEqual([]);
  });

  test.each(['v1beta1', 'v1beta2'])('%s requires nothing that upstream did not', (version) => {
    const requiredOf = (facts: readonly string[]) =>
      facts.filter((fact) => fact.endsWith(' required')).map((fact) => fact.split(' ')[0] ?? '');
    const theirs = upstreamFacts(plural, version);
    const known = new Set(theirs.map((fact) => fact.split(' ')[0]));
    const stricter = beyond(requiredOf(ourFacts(plural, version)), requiredOf(theirs))
      // Below a field that the version did not have, requirements bind nobody.
      .filter((field) => field.startsWith('spec') && known.has(field));
    expect(beyond(stricter, stricterOnPurpose)).toEqual([]);
  });

  test('older versions require no interval and no prune, and fill them in', () => {
    for (const version of ['v1beta1', 'v1beta2']) {
      const lines = ourFacts(plural, version).filter((fact) =>
        /^spec\.(interval|prune) /.test(fact),
      );
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.filter((line) => line.endsWith('required'))).toEqual([]);
      expect(lines.filter((line) => !line.includes('default='))).toEqual([]);
    }
  });
});
