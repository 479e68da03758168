import * as fc from 'fast-check';
import { examplesOfEach } from './examples-of-each.ts';
import type { NamespaceMetadataPolicy } from '../../src/api/capsule/namespace-policies.ts';
import { tenantLabel } from '../../src/access/tenancy/vocabulary.ts';
import { metadataRefusal } from '../../src/access/namespaces/metadata-policies.ts';

const keys = ['own', 'cost', 'team', 'secret', 'SECRET', 'internal-x', 'projectcapsule.dev/x'];
const values = fc.constantFrom('', '1', '22', 'x', 'ax');

/** Labels, or annotations, that are set, and some that are taken off; with keys that a test asks about. */
export const metadataChanges = (more: readonly string[] = []) =>
  fc.dictionary(fc.constantFrom(...keys, ...more), fc.option(values, { nil: undefined }), {
    maxKeys: 4,
  });

/** Labels or annotations with these changes. */
export function changedMetadata(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const all = Object.entries({ ...before, ...change });
  return Object.fromEntries(
    all.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** What a new namespace says of itself, and what it is refused with, if it is. */
export interface NewMetadata {
  metadata: { labels: Record<string, string>; annotations: Record<string, string> };
  refusal: string | undefined;
}

/** New namespaces under a policy, generated; at least one of them is answered with each of `refusals`. */
export function newMetadata(
  policy: NamespaceMetadataPolicy,
  { refusals, seed }: { refusals: readonly string[]; seed: number },
): NewMetadata[] {
  const some = metadataChanges().map((change) => changedMetadata({}, change));
  const cases = fc.record({ labels: some, annotations: some }).map((metadata) => {
    // It is of the tenant in any case.
    const labels = { ...metadata.labels, [tenantLabel]: 'of-the-policy' };
    const facts = { policy, ...metadata, labels, old: { labels: {}, annotations: {} } };
    return { metadata, refusal: metadataRefusal(facts)?.message };
  });
  const answers = [undefined, ...refusals];
  const examples = examplesOfEach(cases, answers, ({ refusal }) => refusal);
  return [...examples, ...fc.sample(cases, { numRuns: 40, seed })];
}
