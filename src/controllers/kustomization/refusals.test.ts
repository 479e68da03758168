import { describe, expect, it } from 'vitest';
import { accessPolicyFor, type SecurityFlags } from '../../access/security-profile.ts';
import { refuseForeignDependencies, refuseManyHealthChecks } from './refusals.ts';
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

describe('health checks', () => {
  const refuseChecks = (count: number, wait: boolean) => () => {
    const healthChecks = Array.from({ length: count }, (_, i) => ({ kind: 'Pod', name: `p${i}` }));
    // It looks at nothing else.
    refuseManyHealthChecks({ spec: { healthChecks, wait } } as unknown as Work);
  };

  it('are bounded, and the message says by what and what else there is', () => {
    expect(refuseChecks(256, false)).not.toThrow();
    expect(refuseChecks(257, false)).toThrow(
      expect.objectContaining({
        class: 'stalled',
        reason: 'InvalidSpec',
        message:
          'spec.healthChecks has 257 entries, of at most 256: name fewer, or set spec.wait to wait ' +
          'for everything that is applied',
      }),
    );
  });

  it('that count for nothing, because everything is waited for, are none too many', () => {
    expect(refuseChecks(257, true)).not.toThrow();
  });
});
