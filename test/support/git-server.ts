import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readOperation, serveGit } from './git-server-http.ts';
import type { GitFault, GitOperation, GitServerRequest } from './git-server-http.ts';
import { createServerRepository } from './git-server-repository.ts';
import type { CommitChanges, ServerRepository, TagOptions } from './git-server-repository.ts';

export interface GitServerOptions {
  /** Credentials every request must carry; none by default. */
  auth?: { basic: { username: string; password: string } } | { bearer: string };
  /** PEM certificate and key: serves https. `ca` additionally demands a client certificate. */
  tls?: { cert: string; key: string; ca?: string };
  /** Where repositories live; a temporary directory, removed at the end, by default. */
  root?: string;
  /** Speaks protocol v0, whatever clients ask for, as servers before 2018 did. */
  oldProtocol?: boolean;
  /** `git config` of each repository, on top of the defaults. */
  config?: Record<string, string>;
}

/** A real smart HTTP Git server on 127.0.0.1: `git http-backend` behind node:http. */
export interface GitServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** Everything that was asked, oldest first; clear it with `requests.length = 0`. */
  readonly requests: GitServerRequest[];
  url(name: string): string;
  /** How many requests of one operation (of one repository) were made. */
  count(operation: GitOperation, name?: string): number;
  /** A new repository with one commit of these files on `main`; its hash. Empty without files. */
  createRepo(name: string, files?: Record<string, string>): Promise<string>;
  commit(name: string, changes: CommitChanges): Promise<string>;
  /** The text of a file at the tip of a branch, `main` by default. */
  read(name: string, file: string, branch?: string): Promise<string>;
  tag(name: string, tag: string, options?: TagOptions): Promise<void>;
  /** The repository on the server's disk, for anything else. */
  repository(name: string): ServerRepository;
  /** Breaks one repository (all without a name) until `heal`. */
  fault(fault: GitFault, name?: string): void;
  heal(): void;
  /** Ends all connections and refuses new ones, as a server that is switched off does. */
  leave(): Promise<void>;
  /** Listens again, at the same address. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** Partial clones are what hosted servers offer; fetching any commit needs no setting in v2. */
const defaultConfig = { 'uploadpack.allowFilter': 'true', 'gc.auto': '0' };

export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = options.root ?? (await mkdtemp(path.join(tmpdir(), 'git-server-')));
  const repositories = new Map<string, ServerRepository>();
  const requests: GitServerRequest[] = [];
  const faults: { fault: GitFault; name: string | undefined }[] = [];

  const find = (name: string): ServerRepository => {
    const found = repositories.get(name);
    if (!found) throw new Error(`no repository ${name}`);
    return found;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { operation, body } = await readOperation(request);
    const repository = repositoryOf(request.url ?? '');
    const { authorization } = request.headers;
    const { headers, url = '' } = request;
    requests.push({ repository, operation, authorization, headers, url });
    const match = faults.find(
      ({ fault, name }) =>
        (name ?? repository) === repository && (fault.on?.includes(operation) ?? true),
    );
    if (match && breakRequest(match.fault, request, response)) return;
    if (!isAuthorized(options.auth, authorization)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
      return;
    }
    const truncateAfter = match?.fault.kind === 'truncate' ? match.fault.afterBytes : undefined;
    if (options.oldProtocol) delete request.headers['git-protocol'];
    await serveGit(request, response, { root, truncateAfter, body });
  };
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy());
  };

  const server = options.tls
    ? createHttpsServer({ ...options.tls, requestCert: options.tls.ca !== undefined }, listener)
    : createHttpServer(listener);
  const listen = (at: number) =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const origin = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`;

  const leave = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  const stop = async () => {
    await leave();
    if (!options.root) await rm(root, { recursive: true, force: true });
  };
  return {
    origin,
    requests,
    url: (name) => `${origin}/${name}.git`,
    count: (operation, name) =>
      requests.filter(
        (request) =>
          request.operation === operation && (name ?? request.repository) === request.repository,
      ).length,
    async createRepo(name, files) {
      const config = { ...defaultConfig, ...options.config };
      const created = await createServerRepository(path.join(root, `${name}.git`), config);
      repositories.set(name, created);
      return files ? created.commit({ write: files, message: 'Add the fleet' }) : '';
    },
    commit: (name, changes) => find(name).commit(changes),
    read: (name, file, branch) => find(name).read(file, branch),
    tag: (name, tag, tagOptions) => find(name).tag(tag, tagOptions),
    repository: find,
    fault: (fault, name) => void faults.push({ fault, name }),
    heal: () => void (faults.length = 0),
    leave,
    comeBack: () => listen(port),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** `/team/fleet.git/info/refs?…` → `team/fleet` */
function repositoryOf(url: string): string {
  return /^\/(.+?)\.git(?:\/|$)/.exec(decodeURIComponent(url))?.[1] ?? '';
}

function isAuthorized(auth: GitServerOptions['auth'], header: string | undefined): boolean {
  if (!auth) return true;
  if ('bearer' in auth) return header === `Bearer ${auth.bearer}`;
  const { username, password } = auth.basic;
  return header === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** True when the fault has answered (or will never answer) the request. */
function breakRequest(
  fault: GitFault,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (fault.kind === 'status') {
    response.writeHead(fault.status).end('broken');
    return true;
  }
  if (fault.kind === 'redirect') {
    const suffix = /\/(info\/refs.*|git-upload-pack)$/.exec(request.url ?? '')?.[0] ?? '';
    response.writeHead(302, { location: `${fault.to}${suffix}` }).end();
    return true;
  }
  return fault.kind === 'stall';
}
