import { describe, expect, it } from 'vitest';
import { accessPolicyFor, type SecurityFlags } from '../../access/security-profile.ts';
import { refuseForeignDependencies } from './refusals.ts';
import type { Work } from './work.ts';

const refuse = (dependsOn: { name: string; namespace?: string }[], flags: SecurityFlags) => () => {
  const me = { namespace: 'team', name: 'apps' };
  const part = { me, spec: { dependsOn }, deps: { policy: accessPolicyFor(flags) } };
  // It looks at nothing else.
  refuseForeignDependencies(part as unknown as Work);
};
const locked = {};
const open = { securityProfile: 'single-tenant' };

describe('dependencies', () => {
  it.each([
    ['none', []],
    ['in the same namespace', [{ name: 'db' }]],
    ['in the same namespace, by name', [{ name: 'db', namespace: 'team' }]],
  ])('%s are nobody’s business', (_, dependsOn) => {
    expect(refuse(dependsOn, locked)).not.toThrow();
    expect(refuse(dependsOn, { ...open, noCrossNamespaceRefs: true })).not.toThrow();
  });

  const foreign = [{ name: 'db' }, { name: 'db', namespace: 'infra' }];

  it('in another namespace are refused to locked tenants, with the flag to look at', () => {
    expect(refuse(foreign, locked)).toThrow(
      "dependsOn 'infra/db' is in another namespace, which --security-profile=multi-tenant does not " +
        "allow: depend on Kustomizations in 'team' only",
    );
  });

  it('in another namespace are refused with --no-cross-namespace-refs, whatever the profile', () => {
    const flags = { ...open, noCrossNamespaceRefs: true };
    expect(refuse(foreign, flags)).toThrow('--no-cross-namespace-refs');
  });

  it('in another namespace are upstream’s habit in the single-tenant profile', () => {
    expect(refuse(foreign, open)).not.toThrow();
  });

  it('are denied, so that a change of policy looks again', () => {
    expect(refuse(foreign, locked)).toThrow(
      expect.objectContaining({ class: 'denied', reason: 'AccessDenied' }),
    );
  });
});
