import { expect, test } from 'vitest';
import { Tenant } from '../../api/capsule/tenant.ts';
import { ownerVerbs, type GrantFacts } from './owner-verbs.ts';
import { Verb } from './vocabulary.ts';

const all = [
  Verb.Own,
  Verb.Extend,
  Verb.ExtendFreely,
  Verb.NameFreely,
  Verb.LabelFreely,
  Verb.LabelNothing,
  Verb.Promote,
  Verb.PromoteOwners,
  Verb.Uncordon,
];
const { Extend, ExtendFreely, NameFreely, LabelFreely, LabelNothing, Uncordon } = Verb;
const { Promote, PromoteOwners } = Verb;

/** Verbs of the owners of a Tenant with this spec. */
function verbsOf(spec: object, more: Partial<GrantFacts> = {}): Verb[] {
  const object = {
    apiVersion: 'capsule.clastix.io/v1beta2',
    kind: 'Tenant',
    metadata: { name: 'oil' },
  };
  const { spec: decoded } = Tenant.decode({ ...object, spec: { owners: [], ...spec } });
  const facts = { size: 2, deleting: false, forcePrefix: false, allowPromotion: true };
  return ownerVerbs({ spec: decoded, ...facts, ...more });
}

test('owners of a tenant without limits hold them all', () => {
  expect(verbsOf({})).toEqual(all);
});

test.each<[string, object, Partial<GrantFacts>, Verb[]]>([
  ['room in the quota', { namespaceOptions: { quota: 3 } }, {}, [ExtendFreely]],
  ['a full quota', { namespaceOptions: { quota: 2 } }, {}, [Extend, ExtendFreely]],
  ['its end', {}, { deleting: true }, [Extend]],
  ['a cordon', { cordoned: true }, {}, [Extend, Uncordon]],
  ['a prefix it asks for', { forceTenantPrefix: true }, {}, [NameFreely]],
  ['a prefix asked of all', {}, { forcePrefix: true }, [NameFreely]],
  ['a prefix asked of all but it', { forceTenantPrefix: false }, { forcePrefix: true }, []],
  [
    'forbidden labels',
    { namespaceOptions: { forbiddenLabels: { denied: ['a'] } } },
    {},
    [LabelFreely],
  ],
  [
    'forbidden annotations',
    { namespaceOptions: { forbiddenAnnotations: { deniedRegex: 'a' } } },
    {},
    [LabelFreely],
  ],
  [
    'required metadata',
    { namespaceOptions: { requiredMetadata: { labels: { a: '.*' } } } },
    {},
    [LabelFreely, LabelNothing],
  ],
  ['managed metadata only', { namespaceOptions: { managedMetadataOnly: true } }, {}, [LabelFreely]],
  [
    'rules about namespaces',
    { rules: [{ enforce: { metadata: [{ kinds: ['Namespace'], labels: { a: {} } }] } }] },
    {},
    [LabelFreely],
  ],
  [
    'what rules require of namespaces',
    {
      rules: [
        {
          enforce: {
            metadata: [{ kinds: [' Namespace '], annotations: { a: { required: true } } }],
          },
        },
      ],
    },
    {},
    [LabelFreely, LabelNothing],
  ],
  [
    'rules about other objects',
    {
      rules: [
        { enforce: { metadata: [{ kinds: ['ConfigMap'], labels: { a: { required: true } } }] } },
      ],
    },
    {},
    [],
  ],
  ['no promotion at all', {}, { allowPromotion: false }, [Promote, PromoteOwners]],
  ['no promotion to owners', { permissions: { allowOwnerPromotion: false } }, {}, [PromoteOwners]],
])('%s takes away what it is about, and no more', (_, spec, more, taken) => {
  expect(verbsOf(spec, more)).toEqual(all.filter((verb) => !taken.includes(verb)));
});
