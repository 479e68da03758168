import { expect, it } from 'vitest';
import type { KubeObject } from '../../../kube/object.ts';
import { readIgnoreRules } from './ignore-rules.ts';

const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'team', labels: { app: 'web' }, annotations: { a: 'b' } },
};
const service: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'team' },
};

it.each([
  ['no target', {}, true, true],
  ['a kind', { kind: 'Deployment' }, true, false],
  ['part of a kind', { kind: 'Deploy' }, false, false],
  ['kinds', { kind: 'Deployment|Service' }, true, true],
  ['a group', { group: 'apps' }, true, false],
  ['a version', { version: 'v1' }, true, true],
  ['a name', { name: 'we.*' }, true, true],
  ['another name', { name: 'db' }, false, false],
  ['a namespace', { namespace: 'team' }, true, true],
  ['another namespace', { namespace: 'tea' }, false, false],
  ['labels', { labelSelector: 'app=web' }, true, false],
  ['annotations', { annotationSelector: 'a in (b)' }, true, false],
  ['one of two', { kind: 'Deployment', name: 'db' }, false, false],
  ['an empty pattern', { kind: '' }, true, true],
])('with %s', (_, target, ofDeployment, ofService) => {
  const rules = readIgnoreRules([{ paths: ['/spec/a'], target }]);
  expect(rules(deployment)).toEqual(ofDeployment ? [['spec', 'a']] : []);
  expect(rules(service)).toEqual(ofService ? [['spec', 'a']] : []);
});

it('all rules that are about an object count', () => {
  const rules = readIgnoreRules([
    { paths: ['/spec/a', '/metadata/annotations/x~1y'] },
    { paths: ['/spec/b'], target: { kind: 'Deployment' } },
  ]);
  const everywhere = [
    ['spec', 'a'],
    ['metadata', 'annotations', 'x/y'],
  ];
  expect(rules(deployment)).toEqual([...everywhere, ['spec', 'b']]);
  expect(rules(service)).toEqual(everywhere);
  expect(readIgnoreRules()(deployment)).toEqual([]);
});

it.each(['', '/kind', '/apiVersion', '/metadata', '/metadata/name', '/metadata/namespace'])(
  'what identifies an object is not ignored: %s',
  (path) => {
    expect(() => readIgnoreRules([{ paths: [path] }])).toThrow(
      expect.objectContaining({
        class: 'stalled',
        reason: 'InvalidSpec',
        message: expect.stringContaining('spec.ignore[0].paths[0] is about what identifies'),
      }),
    );
  },
);

it.each([
  [{ paths: ['/a', 'spec'] }, 'spec.ignore[0].paths[1] is no JSON pointer'],
  [{ paths: ['/a'], target: { name: '(' } }, 'spec.ignore[0].target.name is no regular expression'],
  [{ paths: ['/a'], target: { kind: '(a)\\1' } }, 'spec.ignore[0].target.kind is no regular'],
  [{ paths: ['/a'], target: { labelSelector: 'a b' } }, 'spec.ignore[0].target.labelSelector'],
  [{ paths: ['/a'], target: { annotationSelector: '=' } }, 'target.annotationSelector is no label'],
  [{ paths: Array.from({ length: 201 }, () => '/a') }, 'spec.ignore: at most'],
  [{ paths: ['/a'], target: { name: `.*${'a'.repeat(498)}`, namespace: `.*${'b'.repeat(498)}`, kind: '.*' } }, 'too long in all'], // prettier-ignore
])('%j is refused', (rule, message) => {
  expect(() => readIgnoreRules([rule])).toThrow(message);
});

it('a pattern that many rules share is counted once', () => {
  const target = { name: 'some-.*'.padEnd(400, 'x') };
  const rules = Array.from({ length: 90 }, () => ({ paths: ['/a'], target }));
  expect(() => readIgnoreRules(rules)).not.toThrow();
});
