import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apply } from '../../../test/support/cluster.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { examplesOfEach } from '../../../test/support/examples-of-each.ts';
import { answerOf, firstRing, type FirstRing } from '../../../test/support/first-ring.ts';
import { testSeed } from '../../../test/support/random.ts';
import type { NamespaceMetadataPolicy } from '../../api/capsule/namespace-policies.ts';
import { namespaceType } from '../../kube/core-resources.ts';
import { userIdentity } from '../../kube/identity.ts';
import type { KubeObject } from '../../kube/object.ts';
import { tenantGrants } from '../tenancy/ownership.ts';
import { Verb } from '../tenancy/vocabulary.ts';
import { changedMetadata, metadataChanges } from '../../../test/support/generated-metadata.ts';
import { readNamespace } from './facts.ts';
import {
  metadataRefusal,
  namespaceMetadataPolicies,
  namespaceMetadataRules,
} from './metadata-policies.ts';

/** The API server by CEL and the functions say the same of generated changes of labels and annotations. */
const seed = testSeed();
const managed = { managedLabels: ['team'], managedAnnotations: ['team'] };
const policies: (NamespaceMetadataPolicy | undefined)[] = [
  undefined,
  managed,
  {
    ...managed,
    forbiddenLabels: { names: ['secret', 'team'], pattern: '^internal' },
    forbiddenAnnotations: { names: ['secret'] },
  },
  { ...managed, forbiddenLabels: { names: [], pattern: '(?i)SEC' } },
  {
    ...managed,
    requiredLabels: [{ key: 'cost', pattern: '^[0-9]+$' }],
    requiredAnnotations: [{ key: 'own', pattern: 'x' }],
  },
  { ...managed, managedOnly: true },
];
const places: { stored: KubeObject; policy: NamespaceMetadataPolicy | undefined }[] = [];
let ring: FirstRing;

beforeAll(async () => {
  ring = await firstRing((configuration) => namespaceMetadataPolicies({ configuration }));
  const owners = [{ kind: 'User' as const, name: ring.user }];
  await apply(tenantGrants({ tenant: ring.tenant, owners, verbs: [Verb.Own] }));
  for (const policy of policies) {
    const name = await ring.namespace(policy ? { namespace: policy } : {}, {
      own: 'x',
      cost: '1',
      team: 'a',
    });
    places.push({ policy, stored: await ring.client.get<KubeObject>(namespaceType, { name }) });
  }
  await eventually('rights and parameters have arrived', async () => {
    const place = places.at(-1);
    const labels = { ...place?.stored.metadata.labels, own: 'other' };
    return place && 'refusal' in (await write(place.stored, { labels, annotations: {} }));
  });
});
afterAll(() => ring?.client.close());

interface Metadata {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** What the API server says of a change by an owner, without making it. */
function write(stored: KubeObject, { labels, annotations }: Metadata) {
  const object = { ...stored, metadata: { ...stored.metadata, labels, annotations } };
  const owner = ring.client.as(userIdentity(ring.user));
  return answerOf(() => owner.replace<KubeObject>(namespaceType, object, { dryRun: true }));
}

type Change = readonly [
  index: number,
  onLabels: Record<string, string | undefined>,
  onAnnotations: Record<string, string | undefined>,
];
/** The namespace, how it is to be, and what the functions say of that. */
function decide([index, onLabels, onAnnotations]: Change) {
  const place = places[index % places.length];
  if (!place) throw new Error('no namespaces');
  const { labels, annotations } = readNamespace(place.stored);
  const old = { labels, annotations };
  const now = {
    labels: changedMetadata(labels, onLabels),
    annotations: changedMetadata(annotations, onAnnotations),
  };
  const { policy, stored } = place;
  return { stored, now, refusal: policy && metadataRefusal({ policy, ...now, old }) };
}

test(`changes of metadata are decided alike (seed ${seed})`, async () => {
  const writes = fc.tuple(fc.nat(), metadataChanges(), metadataChanges());
  // A property that only ever sees consent proves nothing.
  const answers = [undefined, ...namespaceMetadataRules.map(({ message }) => message)];
  const examples = examplesOfEach(writes, answers, (change) => decide(change).refusal?.message);
  await fc.assert(
    fc.asyncProperty(writes, async (change) => {
      const { stored, now, refusal } = decide(change);
      const answer = await write(stored, now);
      expect('refusal' in answer ? answer.refusal : undefined).toBe(refusal?.message);
    }),
    { numRuns: 300, seed, examples: examples.map((change) => [change]) },
  );
});
