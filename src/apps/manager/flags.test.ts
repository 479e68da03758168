import { describe, expect, test } from 'vitest';
import { runProgram } from '../../cli/program.ts';
import { defaultFeatureGates } from '../../runtime/feature-gates.ts';
import { parseManagerFlags, type ManagerFlags } from './flags.ts';
import { managerOptions } from './options.ts';

/** Goes through the real command line, so that flags, defaults and parsing are tested as one. */
async function parse(
  ...argv: string[]
): Promise<{ flags: ManagerFlags | undefined; code: number; err: string }> {
  let flags: ManagerFlags | undefined;
  let err = '';
  const manager = {
    name: 'manager',
    summary: 'reconcile',
    options: managerOptions,
    run: ({ options }: Parameters<Parameters<typeof runProgram>[0][number]['run']>[0]) => {
      flags = parseManagerFlags(options);
      return Promise.resolve(undefined);
    },
  };
  const terminal = {
    out: () => {},
    err: (text: string) => void (err += text),
    signal: new AbortController().signal,
  };
  const code = await runProgram([manager], ['manager', ...argv], terminal, '0');
  return { flags, code, err };
}

describe('flags of the manager', () => {
  test('without any, everything is locked', async () => {
    const { flags } = await parse();
    expect(flags?.policy).toEqual({
      profile: 'multi-tenant',
      noCrossNamespaceRefs: false,
      noRemoteBases: true,
      enableSourceAcl: true,
      defaultServiceAccount: 'default',
    });
    expect(flags?.artifactAuthorization).toBe(true);
    expect([...(flags?.components ?? [])]).toEqual(['source', 'kustomize']);
  });

  test.each([
    [['--no-cross-namespace-refs'], { noCrossNamespaceRefs: true }],
    [['--no-cross-namespace-refs=true'], { noCrossNamespaceRefs: true }],
    [['--no-cross-namespace-refs=false'], { noCrossNamespaceRefs: false }],
    [['--no-remote-bases=false'], { noRemoteBases: false }],
    [['--enable-source-acl=false'], { enableSourceAcl: false }],
    [['--enable-source-acl'], { enableSourceAcl: true }],
    [
      ['--default-service-account=gitops-reconciler'],
      { defaultServiceAccount: 'gitops-reconciler' },
    ],
    [
      ['--security-profile=single-tenant'],
      { enableSourceAcl: false, noRemoteBases: false, defaultServiceAccount: undefined },
    ],
    [
      ['--security-profile=single-tenant', '--no-remote-bases'],
      { enableSourceAcl: false, noRemoteBases: true },
    ],
    [['--security-profile=single-tenant', '--enable-source-acl=true'], { enableSourceAcl: true }],
  ])('%j overrides the profile', async (argv, policy) => {
    expect((await parse(...argv)).flags?.policy).toMatchObject(policy);
  });

  test.each([
    [['--security-profile=open'], /Allowed choices are multi-tenant, single-tenant/],
    [['--enable-source-acl=maybe'], /--enable-source-acl must be true or false, not 'maybe'/],
    [['--no-remote-bases=perhaps'], /must be true or false, not 'perhaps'/],
    [['--default-service-account='], /may not be empty with --security-profile=multi-tenant/],
    [['--components=source,helmet'], /'helmet' is not one of source, kustomize/],
    [['--concurrent=0'], /--concurrent: '0' is not a whole number of at least 1/],
    [['--concurrent=1e309'], /--concurrent/],
    [['--requeue-dependency=soon'], /--requeue-dependency: 'soon' is not a duration/],
    [['--artifact-digest-algo=md5'], /Allowed choices/],
    [['--feature-gates=Groupchangelog=true'], /--feature-gates: 'Groupchangelog' is not a feature/],
    [['--feature-gates=GroupChangeLog'], /--feature-gates: write GroupChangeLog=true/],
  ])('%j is refused with what to write instead', async (argv, message) => {
    const { code, err, flags } = await parse(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(flags).toBeUndefined();
  });

  test('lists may be repeated and hold several by comma', async () => {
    const { flags } = await parse(
      '--override-manager=argo',
      '--override-manager=helm, terraform',
      '--custom-apply-stage-kinds=example.com/Database',
    );
    expect(flags?.overrideManagers).toEqual(['argo', 'helm', 'terraform']);
    expect(flags?.customApplyStageKinds).toEqual(['example.com/Database']);
    expect((await parse()).flags).toMatchObject({
      overrideManagers: [],
      customApplyStageKinds: [],
    });
  });

  test('units are read into numbers', async () => {
    const { flags } = await parse(
      '--artifact-retention-ttl=2m',
      '--render-memory-mib=128',
      '--max-retry-delay=1h',
    );
    expect(flags).toMatchObject({
      artifactRetentionTtlMs: 120_000,
      renderMemoryBytes: 134_217_728,
      maxRetryDelayMs: 3_600_000,
    });
  });

  test('reads feature gates by comma and repeated, the rest as upstream has them', async () => {
    const { flags } = await parse(
      '--feature-gates=GroupChangeLog=true,StrictPostBuildSubstitutions=false',
      '--feature-gates=DisableConfigWatchers=true',
    );
    expect(flags?.gates).toEqual({
      ...defaultFeatureGates,
      GroupChangeLog: true,
      StrictPostBuildSubstitutions: false,
      DisableConfigWatchers: true,
    });
    expect((await parse()).flags?.gates).toEqual(defaultFeatureGates);
  });
});
