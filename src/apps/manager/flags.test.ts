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
      defaultKubeconfigAccount: undefined,
      kubeconfigRisks: [],
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
    [['--default-kubeconfig-service-account=remote'], { defaultKubeconfigAccount: 'remote' }],
    [
      ['--allow-kubeconfig-proxy', '--allow-loopback-clusters=true'],
      { kubeconfigRisks: ['proxy-url', 'local-server'] },
    ],
  ])('%j overrides the profile', async (argv, policy) => {
    expect((await parse(...argv)).flags?.policy).toMatchObject(policy);
  });

  test.each([
    [['--security-profile=open'], /Allowed choices are multi-tenant, single-tenant/],
    [['--enable-source-acl=maybe'], /--enable-source-acl must be true or false, not 'maybe'/],
    [['--no-remote-bases=perhaps'], /must be true or false, not 'perhaps'/],
    [['--default-service-account='], /may not be empty with --security-profile=multi-tenant/],
    [['--components=source,helmet'], /'helmet' is not one of source, kustomize/],
    [['--prune-guard=half'], /--prune-guard: 'half' is not a percentage from 0% to 100%, nor off/],
    [['--concurrent=0'], /--concurrent: '0' is not a whole number of at least 1/],
    [['--concurrent=1e309'], /--concurrent/],
    [['--requeue-dependency=soon'], /--requeue-dependency: 'soon' is not a duration/],
    [['--artifact-digest-algo=md5'], /Allowed choices/],
    [['--feature-gates=Groupchangelog=true'], /--feature-gates: 'Groupchangelog' is not a feature/],
    [['--kube-api-qps=fast'], /--kube-api-qps: 'fast' is not a number/],
    [['--http-retry=-1'], /--http-retry: '-1' is not a whole number of at least 0/],
    [['--log-encoding=xml'], /Allowed choices are json, console/],
    [
      ['--leader-election-lease-duration=30s'],
      /lease-duration must be longer than -renew-deadline/,
    ],
    [['--leader-election-retry-period=25s'], /renew-deadline must be longer than -retry-period/],
    [['--feature-gates=GroupChangeLog'], /--feature-gates: write GroupChangeLog=true/],
  ])('%j is refused with what to write instead', async (argv, message) => {
    const { code, err, flags } = await parse(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(flags).toBeUndefined();
  });

  test.each([
    [[], { maxShare: '50%', atLeast: 5, namespaces: true }],
    [['--prune-guard=10%'], { maxShare: '10%', atLeast: 5, namespaces: true }],
    [['--prune-guard=off'], undefined],
    [['--security-profile=single-tenant'], undefined],
  ])('%j guards prunes as the profile or the flag says', async (argv, guard) => {
    const { flags } = await parse(...argv);
    expect(flags).toHaveProperty('pruneGuard', guard);
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

  test('reads what Flux calls its shared flags', async () => {
    const { flags } = await parse(
      '--kube-api-qps=7.5',
      '--kube-api-burst=11',
      '--token-cache-max-size=0',
      '--token-cache-max-duration=10m',
      '--http-retry=0',
      '--watch-all-namespaces=false',
      '--watch-configs-label-selector=',
      '--leader-election-release-on-cancel=false',
      '--leader-election-lease-duration=70s',
      '--ssh-hostkey-algos=ssh-ed25519,rsa-sha2-512',
    );
    expect(flags).toMatchObject({
      apiLimit: { qps: 7.5, burst: 11 },
      tokenCache: { maxTokens: 0, maxAgeMs: 600_000 },
      httpRetry: 0,
      watchAllNamespaces: false,
      watchConfigsSelector: '',
      lease: { releases: false, leaseMs: 70_000, renewMs: 30_000, retryMs: 5_000 },
      sshHostKeyAlgorithms: ['ssh-ed25519', 'rsa-sha2-512'],
    });
    expect((await parse('--kube-api-qps=-1')).flags?.apiLimit).toBeUndefined();
    expect((await parse()).flags).toMatchObject({
      watchAllNamespaces: true,
      watchConfigsSelector: 'reconcile.fluxcd.io/watch=Enabled',
      apiLimit: { qps: 50, burst: 300 },
    });
  });

  // Names and defaults of source-controller 1.9 and kustomize-controller 1.9, as they show in --help.
  const fluxArguments = [
    '--metrics-addr=:8080',
    '--health-addr=:9440',
    '--events-addr=http://notification-controller/',
    '--concurrent=4',
    '--concurrent-ssa=4',
    '--kube-api-qps=50',
    '--kube-api-burst=300',
    '--log-encoding=json',
    '--log-level=info',
    '--enable-leader-election=true',
    '--leader-election-release-on-cancel=true',
    '--leader-election-lease-duration=35s',
    '--leader-election-renew-deadline=30s',
    '--leader-election-retry-period=5s',
    '--min-retry-delay=750ms',
    '--max-retry-delay=15m',
    '--feature-gates=StrictPostBuildSubstitutions=false',
    '--watch-all-namespaces=true',
    '--watch-label-selector=sharding.fluxcd.io/shard=shard1',
    '--watch-configs-label-selector=reconcile.fluxcd.io/watch=Enabled',
    '--token-cache-max-size=100',
    '--token-cache-max-duration=1h0m0s',
    '--interval-jitter-percentage=5',
    '--no-cross-namespace-refs=true',
    '--no-remote-bases=true',
    '--default-service-account=default',
    '--default-kubeconfig-service-account=default',
    '--insecure-kubeconfig-exec=false',
    '--insecure-kubeconfig-tls=false',
    '--requeue-dependency=30s',
    '--http-retry=9',
    '--override-manager=argo',
    '--custom-apply-stage-kinds=example.com/Database',
    '--storage-path=/data',
    '--storage-addr=:9090',
    '--storage-adv-addr=source-controller.flux-system.svc.cluster.local.',
    '--artifact-retention-ttl=60s',
    '--artifact-retention-records=2',
    '--artifact-digest-algo=sha256',
    '--helm-index-max-size=52428800',
    '--helm-chart-max-size=10485760',
    '--helm-chart-file-max-size=5242880',
    '--helm-cache-max-size=0',
    '--helm-cache-ttl=15m',
    '--helm-cache-purge-interval=1m',
    '--ssh-kex-algos=curve25519-sha256',
    '--ssh-hostkey-algos=ssh-ed25519',
  ];

  // Names of Capsule's controller 0.14.
  const capsuleArguments = [
    '--configuration-name=default',
    '--workers=10',
    '--cache-sync-timeout=2m',
    '--client-connection-qps=20',
    '--client-connection-burst=30',
    '--webhook-port=9443',
    '--webhook-cert-path=/tmp/k8s-webhook-server/serving-certs',
    '--webhook-cert-name=tls.crt',
    '--webhook-cert-key=tls.key',
    '--metrics-secure=false',
    '--metrics-cert-path=/certs',
    '--metrics-cert-name=tls.crt',
    '--metrics-cert-key=tls.key',
    '--enable-http2=false',
    '--enable-pprof=false',
    '--enable-tracing',
    '--tracing-otlp-endpoint=otel:4317',
    '--tracing-otlp-insecure',
    '--tracing-sample-ratio=0.1',
    '--tracing-otlp-header=a=b',
    '--tracing-otlp-basic-auth-username=u',
    '--tracing-otlp-basic-auth-password=p',
    '--tracing-otlp-timeout=1s',
    '--tracing-otlp-compression=gzip',
    '--tracing-otlp-tls-server-name=otel',
    '--tracing-otlp-tls-insecure-skip-verify',
    '--zap-log-level=4',
    '--zap-encoder=console',
    '--zap-devel',
    '--zap-stacktrace-level=error',
    '--zap-time-encoding=epoch',
  ];

  test.each(capsuleArguments)('%s is taken from an installation of Capsule', async (argument) => {
    expect(await parse(argument)).toMatchObject({ code: 0, err: '' });
  });

  test("Capsule's names mean the same as Flux's", async () => {
    const { flags } = await parse(
      '--workers=7',
      '--cache-sync-timeout=90s',
      '--client-connection-qps=20',
      '--client-connection-burst=30',
      '--zap-log-level=4',
      '--zap-encoder=console',
    );
    expect(flags).toMatchObject({
      workers: 7,
      concurrent: 4,
      cacheSyncTimeoutMs: 90_000,
      apiLimit: { qps: 20, burst: 30 },
      logLevel: 'debug',
      logEncoding: 'console',
    });
    expect((await parse('--zap-log-level=loud')).err).toMatch(/--zap-log-level: 'loud'/);
    expect((await parse()).flags).toMatchObject({ workers: undefined, cacheSyncTimeoutMs: 0 });
  });

  test.each(fluxArguments)('%s is taken as Flux takes it', async (argument) => {
    expect(await parse(argument)).toMatchObject({ code: 0, err: '' });
  });
});
