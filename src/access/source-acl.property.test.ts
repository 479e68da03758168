import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decideSourceAccess } from './source-acl.ts';

const policy = { noCrossNamespaceRefs: false, enableSourceAcl: true };
const key = fc.constantFrom(
  'env',
  'tier',
  '__proto__',
  'constructor',
  'kubernetes.io/metadata.name',
);
const labels = fc.dictionary(key, fc.constantFrom('a', 'b', ''), { maxKeys: 4 });
const selectors = fc.array(labels, { maxLength: 4 });

test('a grant never takes access away: adding a selector keeps what was allowed', () => {
  fc.assert(
    fc.property(labels, selectors, labels, (own, given, added) => {
      const decide = (grants: Record<string, string>[]) =>
        decideSourceAccess({
          referrer: { namespace: 'b', labels: own },
          source: {
            namespace: 'a',
            found: {
              accessFrom: { namespaceSelectors: grants.map((each) => ({ matchLabels: each })) },
            },
          },
          policy,
        }).allowed;
      expect(!decide(given) || decide([...given, added])).toBe(true);
      expect(decide([own])).toBe(true);
    }),
  );
});

test('adding a label to a selector never lets anybody new in', () => {
  fc.assert(
    fc.property(labels, labels, key, (own, selector, added) => {
      const decide = (matchLabels: Record<string, string>) =>
        decideSourceAccess({
          referrer: { namespace: 'b', labels: own },
          source: {
            namespace: 'a',
            found: { accessFrom: { namespaceSelectors: [{ matchLabels }] } },
          },
          policy,
        }).allowed;
      const narrower = Object.fromEntries([...Object.entries(selector), [added, 'never']]);
      expect(decide(narrower)).toBe(false);
    }),
  );
});
