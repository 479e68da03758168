import { describe, expect, it } from 'vitest';
import type { CelVerdict } from '../../../engines/cel/cel.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { healthRules, isUnobserved, readinessBy } from './health-rules.ts';

const expr = (apiVersion: string, kind?: string, current = 'c') => ({
  apiVersion,
  current,
  ...(kind === undefined ? {} : { kind }),
});

describe('a rule', () => {
  const rules = healthRules([
    expr('example.org/v1'),
    expr('example.org/v1beta1', 'Widget'),
    expr('v1', 'Pod'),
    expr('apps/v1', 'Deployment'),
  ]);

  it.each([
    ['example.org', 'Widget', 1],
    ['example.org', 'Gadget', 0],
    ['', 'Pod', 2],
    ['', 'Service', undefined],
    ['apps', 'Deployment', 3],
    ['apps', 'Pod', undefined],
    ['other.org', 'Widget', undefined],
  ])('of %s %s, whatever the version', (group, kind, index) => {
    const path = index === undefined ? undefined : `spec.healthCheckExprs[${index}]`;
    expect(rules.of({ group, kind })?.path).toBe(path);
  });

  it('is none where there are none', () => {
    expect(healthRules().of({ group: '', kind: 'Pod' })).toBeUndefined();
    expect(healthRules([]).all).toEqual([]);
  });

  it('has a key that says whether it is the same', () => {
    const key = (exprs: Parameters<typeof healthRules>[0]) => healthRules(exprs).all[0]?.key;
    expect(key([expr('v1', 'Pod')])).toBe(key([expr('v1', 'Pod')]));
    expect(key([expr('v1', 'Pod')])).not.toBe(key([expr('v1', 'Pod', 'other')]));
    expect(key([expr('v1', 'Pod')])).not.toBe(key([{ ...expr('v1', 'Pod'), failed: 'f' }]));
  });
});

describe('two rules about one kind', () => {
  it.each([
    [
      [expr('example.org/v1', 'Widget'), expr('example.org/v2', 'Widget')],
      "both about kind 'Widget' of group 'example.org'",
    ],
    [[expr('example.org/v1'), expr('example.org/v1')], "both about group 'example.org'"],
    [[expr('v1', 'Pod'), expr('v1', 'Pod')], "both about kind 'Pod' of group ''"],
  ])('stall: %j', (exprs, message) => {
    expect(() => healthRules(exprs)).toThrow(
      expect.objectContaining({ class: 'stalled', reason: 'InvalidCELExpression' }),
    );
    expect(() => healthRules(exprs)).toThrow(
      `spec.healthCheckExprs[0] and spec.healthCheckExprs[1] are ${message}: remove one of them`,
    );
  });

  it('are fine when one is about the whole group', () => {
    expect(
      healthRules([expr('example.org/v1'), expr('example.org/v1', 'Widget')]).all,
    ).toHaveLength(2);
  });
});

describe('what expressions say', () => {
  const [rule] = healthRules([{ ...expr('v1', 'Pod'), inProgress: 'i', failed: 'f' }]).all;
  const [short] = healthRules([{ ...expr('v1', 'Pod'), inProgress: '' }]).all;
  const yes: CelVerdict = { value: true };
  const no: CelVerdict = { value: false };
  const fault: CelVerdict = { fault: { code: 'missing', detail: 'status.phase' } };

  it('is asked in the order inProgress, failed, current', () => {
    expect(rule?.expressions.map(({ source }) => source)).toEqual(['i', 'f', 'c']);
    expect(short?.expressions.map(({ source }) => source)).toEqual(['c']);
  });

  it.each<[string, CelVerdict[], string, RegExp]>([
    ['all true', [yes, yes, yes], 'InProgress', /healthCheckExprs\[0\]\.inProgress is true/],
    ['failed and current', [no, yes, yes], 'Failed', /healthCheckExprs\[0\]\.failed is true/],
    ['current alone', [no, no, yes], 'Current', /healthCheckExprs\[0\]\.current is true/],
    ['none', [no, no, no], 'InProgress', /no expression of spec\.healthCheckExprs\[0\] is true/],
    ['a fault first', [fault, yes, yes], 'Unknown', /inProgress: it reads 'status\.phase'/],
    ['a fault after one that is true', [yes, fault, fault], 'InProgress', /is true/],
    ['a fault last', [no, no, fault], 'Unknown', /\.current: it reads/],
  ])('%s', (_, verdicts, status, message) => {
    const readiness = rule && readinessBy(rule, verdicts);
    expect(readiness?.status).toBe(status);
    expect(readiness?.message).toMatch(message);
  });
});

describe('an object whose status is about', () => {
  const object = (generation: unknown, observedGeneration: unknown) =>
    ({
      metadata: { name: 'a', generation },
      status: { observedGeneration },
    }) as unknown as KubeObject;
  it.each([
    ['an older generation', object(2, 1), true],
    ['a newer one, after a restore', object(1, 2), true],
    ['this generation', object(2, 2), false],
    ['something that is no number', object(2, '1'), false],
    ['nothing', { metadata: { name: 'a', generation: 2 } } as unknown as KubeObject, false],
    ['a generation the object does not have', object(undefined, 1), false],
  ])('%s', (_, it, isOld) => {
    expect(isUnobserved(it)).toBe(isOld);
  });
});
