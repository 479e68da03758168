import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { inject } from 'vitest';
import { onceKindsAreKnown } from './kinds-known.ts';
import type { ClusterContext } from './plane-setup.ts';

/** The cluster of this run; only in the `cluster` and `e2e` projects. */
export function clusterContext(): ClusterContext {
  return inject('cluster');
}

/** A name no other test has, good for namespaces: `freshName('tenant')` is `tenant-3f9a0c41be`. */
export function freshName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`;
}

export interface KubectlOptions {
  /** Standard input, for `-f -`. */
  input?: string;
  /** Impersonates this user: `user-a`, `system:serviceaccount:<namespace>:<name>`. */
  as?: string;
  asGroups?: readonly string[];
  /** Another identity altogether; the run's admin by default. */
  kubeconfig?: string;
  /** Another cluster, for tests that start a plane of their own. */
  cluster?: Pick<ClusterContext, 'kubeconfig' | 'kubectl'>;
  /** Switches of kubectl that only the environment has. */
  env?: Readonly<Record<string, string>>;
}

export interface KubectlResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** kubectl's discovery cache and preferences: this process's, not the developer's. */
let home: string | undefined;

function kubectlHome(): string {
  if (home === undefined) {
    const folder = mkdtempSync(path.join(tmpdir(), 'tenantry-kubectl-'));
    process.once('exit', forgetKubectl);
    home = folder;
  }
  return home;
}

/** Removes what kubectl left for its next start, which the next file of tests is to begin without. */
export function forgetKubectl(): void {
  process.off('exit', forgetKubectl);
  if (home !== undefined) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  home = undefined;
}

/** Runs the real kubectl; a refusal is a result, not an exception. */
export function kubectl(
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<KubectlResult> {
  return onceKindsAreKnown(
    () => runKubectl(args, options),
    ({ stderr }) => stderr,
  );
}

async function runKubectl(
  args: readonly string[],
  options: KubectlOptions,
): Promise<KubectlResult> {
  const child = spawnKubectl(['--request-timeout=60s', ...args], options);
  child.stdin.end(options.input ?? '');
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { stdout, stderr, code: code ?? 1 };
}

/** Starts kubectl; whoever does has its streams and its end in hand. */
export function spawnKubectl(args: readonly string[], options: KubectlOptions = {}) {
  const cluster = options.cluster ?? clusterContext();
  const identity = [
    `--kubeconfig=${options.kubeconfig ?? cluster.kubeconfig}`,
    ...(options.as === undefined ? [] : [`--as=${options.as}`]),
    ...(options.asGroups ?? []).map((group) => `--as-group=${group}`),
  ];
  // Flags come first: a plugin or an `exec` would take what follows for its own.
  const child = spawn(cluster.kubectl.file, [...cluster.kubectl.prefix, ...identity, ...args], {
    env: {
      PATH: process.env['PATH'],
      GOGC: process.env['GOGC'],
      HOME: kubectlHome(),
      ...options.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  return child;
}

/** Runs kubectl and returns its standard output; throws what it complained about. */
export async function kubectlOk(
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  const { stdout, stderr, code } = await kubectl(args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: exit code ${code}: ${stderr.trim()}`);
  return stdout;
}

/** Applies objects; kubectl reads them as JSON. */
export async function apply(objects: readonly object[], options: KubectlOptions = {}) {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  return kubectlOk(['apply', '--server-side', '-f', '-'], { ...options, input });
}

/** A new namespace with a fresh name. */
export async function freshNamespace(prefix: string, options: KubectlOptions = {}) {
  const name = freshName(prefix);
  await kubectlOk(['create', 'namespace', name], options);
  return name;
}
