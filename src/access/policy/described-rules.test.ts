import { describe, expect, test } from 'vitest';
import { ringOne } from '../ring-one.ts';
import { describeRules, ruleThatSays, rulesAnnotation } from './described-rules.ts';

const policyOf = (rules: object[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'p', annotations: { [rulesAnnotation]: JSON.stringify(rules) } },
});

describe('the rule that says a message', () => {
  const rule = { name: 'r', cel: 'true', holds: () => true, message: 'a thing is not allowed' };
  const messageCel = `'thing \\'' + variables.thing + '\\' is not allowed; allowed: a'`;
  const { [rulesAnnotation]: described = '' } = describeRules([
    { ...rule, messageCel, remedy: 'allow it' },
    { ...rule, name: 'other', message: 'thing of another kind' },
  ]);
  const policies = [policyOf(JSON.parse(described) as object[])];

  test.each([
    ['a thing is not allowed', 'r'],
    ["thing 'x' is not allowed; allowed: a", 'r'],
    ['thing of another kind', 'other'],
    ['something else', undefined],
  ])('%s', (message, name) => {
    expect(ruleThatSays(policies, { policy: 'p', message })?.name).toBe(name);
  });

  test('a policy that is not known says nothing', () => {
    expect(ruleThatSays(policies, { policy: 'q', message: rule.message })).toBeUndefined();
  });
});

describe('every rule of the first ring', () => {
  const policies = ringOne({
    configuration: 'default',
    protectedLabels: [],
  });
  const rules = policies.flatMap(({ kind, metadata }) =>
    kind === 'ValidatingAdmissionPolicy'
      ? (
          JSON.parse(metadata.annotations?.[rulesAnnotation] ?? '[]') as {
            name: string;
            message: string;
            begins?: string;
          }[]
        ).map((rule) => ({ ...rule, policy: metadata.name }))
      : [],
  );

  test('is told from the others of its policy by what it says', () => {
    expect(rules.length).toBeGreaterThan(50);
    for (const { policy, name, message, begins } of rules) {
      expect(ruleThatSays(policies, { policy, message })?.name).toBe(name);
      if (begins === undefined) continue;
      expect(ruleThatSays(policies, { policy, message: `${begins}x` })?.name).toBe(name);
    }
  });
});
