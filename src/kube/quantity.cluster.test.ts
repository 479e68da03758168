import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { kubectlOk } from '../../test/support/cluster.ts';
import { formatQuantity, parseQuantity } from './quantity.ts';

const digits = (maxLength: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${maxLength}}$`));
const binary = fc.constantFrom('Ki', 'Mi', 'Gi', 'Ti');
const decimal = fc.constantFrom(
  'n',
  'u',
  'm',
  '',
  'k',
  'M',
  'G',
  'T',
  'e3',
  'E6',
  'e-3',
  'e2',
  'e+1',
);
const quantity = fc.oneof(
  fc.tuple(digits(6), binary).map((parts) => parts.join('')),
  fc.tuple(digits(3), fc.constant('.'), digits(3), binary).map((parts) => parts.join('')),
  fc.tuple(digits(6), decimal).map((parts) => parts.join('')),
  fc.tuple(digits(3), fc.constant('.'), digits(6), decimal).map((parts) => parts.join('')),
);

test('quantities are written as the API server writes them', async () => {
  const texts = fc.sample(quantity, { numRuns: 400, seed: 20_261_126 });
  // A field of its own: in lists of resources the API server rounds up to thousandths.
  const volumes = texts.map((sizeLimit, index) => ({ name: `v${index}`, emptyDir: { sizeLimit } }));
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'quantities' },
    spec: { containers: [{ name: 'c', image: 'c' }], volumes },
  };
  const answer = await kubectlOk(['create', '--dry-run=server', '-o', 'json', '-f', '-'], {
    input: JSON.stringify(pod),
  });
  const { spec } = JSON.parse(answer) as { spec: { volumes: typeof volumes } };
  const pairs = texts.map((text, index) => [text, spec.volumes[index]?.emptyDir.sizeLimit]);
  // What it read without arithmetic, it gives back as it was written.
  const rewritten = pairs.filter(([text, theirs]) => text !== theirs);
  expect(rewritten.length).toBeGreaterThan(50);
  const wrong = rewritten
    .map(([text, theirs]) => {
      const ours = parseQuantity(text);
      return [text, theirs, ours && formatQuantity(ours)];
    })
    .filter(([, theirs, ours]) => theirs !== ours);
  expect(wrong).toEqual([]);
});
