import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
// ssh2 is CommonJS: its names are only visible on the default export.
import ssh2 from 'ssh2';
import type { AuthContext, Connection, ServerChannel } from 'ssh2';
import {
  createServerRepository,
  gitServerEnvironment,
  type CommitChanges,
  type ServerRepository,
} from './git-server-repository.ts';

/** A key pair as users have it in files. */
export interface SshKeyPair {
  /** OpenSSH private key, encrypted when made with a passphrase. */
  private: string;
  /** `ssh-ed25519 AAAA…` */
  public: string;
}

/** A fresh key for a client or a host. */
export function generateSshKey(passphrase?: string): SshKeyPair {
  // One round of key derivation: these keys protect nothing.
  const encryption = passphrase ? { passphrase, cipher: 'aes256-ctr', rounds: 1 } : {};
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', encryption as object);
    // Now and then the library writes a key that it cannot read itself.
    if (!(ssh2.utils.parseKey(pair.private, passphrase) instanceof Error)) return pair;
  }
}

/** A real SSH server on 127.0.0.1 that runs `git-upload-pack` for whoever holds the key. */
export interface SshGitServer extends AsyncDisposable {
  readonly port: number;
  /** The line a client needs in known_hosts. */
  readonly knownHosts: string;
  /** Commands that clients asked to run, verbatim. */
  readonly commands: string[];
  /** Environment variables that clients sent. */
  readonly environment: Record<string, string>;
  /** How many clients tried to authenticate by each method. */
  readonly methods: string[];
  url(name: string): string;
  createRepo(name: string, files: Record<string, string>): Promise<string>;
  commit(name: string, changes: CommitChanges): Promise<string>;
  stop(): Promise<void>;
}

export interface SshGitServerOptions {
  /** Public key of the one client that may come in. */
  authorizedKey: string;
  /** Accepts connections and never answers a command. */
  stall?: boolean;
}

export async function startSshGitServer(options: SshGitServerOptions): Promise<SshGitServer> {
  const root = await mkdtemp(path.join(tmpdir(), 'ssh-git-server-'));
  const hostKey = generateSshKey();
  const repositories = new Map<string, ServerRepository>();
  const connections = new Set<Connection>();
  const seen = { commands: [] as string[], methods: [] as string[] };
  const environment: Record<string, string> = {};

  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client) => {
    connections.add(client);
    client.on('close', () => connections.delete(client));
    client.on('error', () => {});
    client.on('authentication', (context) => {
      seen.methods.push(context.method);
      if (isAuthorized(context, options.authorizedKey)) context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', (accept) => {
      const session = accept();
      session.on('env', (acceptEnv, _reject, { key, val }) => {
        environment[key] = val;
        acceptEnv?.();
      });
      session.on('exec', (acceptExec, _reject, { command }) => {
        seen.commands.push(command);
        const channel = acceptExec();
        if (!options.stall) uploadPack(channel, command, { root, environment });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;

  const find = (name: string) => {
    const found = repositories.get(name);
    if (!found) throw new Error(`no repository ${name}`);
    return found;
  };
  const stop = async () => {
    for (const connection of connections) connection.end();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await rm(root, { recursive: true, force: true });
  };
  return {
    port,
    knownHosts: `[127.0.0.1]:${port} ${hostKey.public}`,
    ...seen,
    environment,
    url: (name) => `ssh://git@127.0.0.1:${port}/${name}.git`,
    async createRepo(name, files) {
      const created = await createServerRepository(path.join(root, `${name}.git`), {});
      repositories.set(name, created);
      return created.commit({ write: files });
    },
    commit: (name, changes) => find(name).commit(changes),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function isAuthorized(context: AuthContext, authorizedKey: string): boolean {
  if (context.method !== 'publickey') return false;
  const [type, data] = authorizedKey.split(' ');
  if (context.key.algo !== type || context.key.data.toString('base64') !== data) return false;
  // Without a signature the client only asks whether the key would do.
  if (!context.signature || !context.blob) return true;
  const key = ssh2.utils.parseKey(authorizedKey);
  return !(key instanceof Error) && key.verify(context.blob, context.signature);
}

/** Runs `git-upload-pack '<path>'` below the root, and nothing else. */
function uploadPack(
  channel: ServerChannel,
  command: string,
  { root, environment }: { root: string; environment: Record<string, string> },
): void {
  const [, directory] = /^git-upload-pack '\/?([^']+)'$/.exec(command) ?? [];
  if (directory === undefined || directory.includes('..')) {
    channel.stderr.end('not a Git command\n');
    channel.exit(128);
    channel.end();
    return;
  }
  const child = spawn('git', ['upload-pack', path.join(root, directory)], {
    env: { ...gitServerEnvironment(), GIT_PROTOCOL: environment['GIT_PROTOCOL'] ?? '' },
  });
  channel.pipe(child.stdin);
  child.stdin.on('error', () => {});
  child.stdout.pipe(channel, { end: false });
  child.stderr.pipe(channel.stderr, { end: false });
  child.on('close', (code) => {
    channel.exit(code ?? 1);
    channel.end();
  });
}
