import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { showProgress } from '../../src/engines/native/build-progress.ts';
import { buildNative } from '../../src/engines/native/build-native.ts';
import { eventually } from './eventually.ts';

/** A client-go client at work (native/browse). */
export interface Browsing extends AsyncDisposable {
  /** What it has said so far, by its first word: `may`, `added`, `served`, `failed`. */
  said(word: string): string[];
}

export interface BrowseOptions {
  /** Follows some kinds of Kubernetes' own by a client that asks for protobuf first. */
  protobuf?: boolean;
  /** Feature gates of client-go, as in the environment: `{ KUBE_FEATURE_ClientsAllowCBOR: 'true' }`. */
  env?: Readonly<Record<string, string>>;
}

/** Starts it, and waits until it knows everything that it may list. */
export async function browse(
  kubeconfig: string,
  { protobuf = false, env = {} }: BrowseOptions = {},
): Promise<Browsing> {
  const file = await buildNative('browse', { onProgress: showProgress(process.stderr) });
  const child = spawn(file, [kubeconfig, ...(protobuf ? ['protobuf'] : [])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const closed = once(child, 'close');
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => void lines.push(line));
  await eventually('it knows everything', async () => {
    if (child.exitCode !== null) throw new Error(`it has ended with ${child.exitCode}`);
    return lines.includes('synced');
  });
  return {
    said: (word) =>
      lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : [])),
    async [Symbol.asyncDispose]() {
      child.kill();
      await closed;
    },
  };
}
