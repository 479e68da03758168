import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { requestedAtAnnotation } from '../../src/api/annotations.ts';
import { GitRepository } from '../../src/api/source/git-repository.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import type { KubeObject } from '../../src/kube/object.ts';

/** Text by path. */
export type Files = Record<string, string>;

/** Artifacts by digest, as a source controller would have stored them. */
export type Artifacts = Map<string, Buffer>;

export interface SourceOptions {
  namespace: string;
  name: string;
  /** `spec.accessFrom`. */
  accessFrom?: object;
  /** `status.artifact.metadata`. */
  metadata?: Record<string, string>;
}

/**
 * Publishes files as the artifact of a GitRepository that no controller reconciles: what a push
 * and a fetch come to, without either. Returns the revision.
 */
export async function publishSource(
  client: KubeClient,
  artifacts: Artifacts,
  files: Files,
  { namespace, name, accessFrom, metadata }: SourceOptions,
): Promise<string> {
  const bytes = await archiveOf(files);
  const hex = createHash('sha256').update(bytes).digest('hex');
  const digest = `sha256:${hex}`;
  artifacts.set(digest, bytes);
  const object: KubeObject = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name, namespace, annotations: { [requestedAtAnnotation]: 'never' } },
    spec: {
      interval: '1h',
      url: 'https://git.invalid/fleet',
      ...(accessFrom === undefined ? {} : { accessFrom }),
    },
  };
  await client.apply(GitRepository.type, object, { fieldManager: 'test', force: true });
  const revision = `main@sha1:${hex.slice(0, 40)}`;
  const artifact = {
    digest,
    revision,
    path: `gitrepository/${namespace}/${name}/${hex.slice(0, 40)}.tar.gz`,
    url: `http://artifacts.invalid/${hex}.tar.gz`,
    lastUpdateTime: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    size: bytes.length,
    ...(metadata === undefined ? {} : { metadata }),
  };
  await client.patch(
    GitRepository.type,
    { namespace, name },
    { type: 'merge', body: { status: { artifact } } },
    { subresource: 'status' },
  );
  return revision;
}

async function archiveOf(files: Files): Promise<Buffer> {
  const archive = pack();
  for (const [path, text] of Object.entries(files)) {
    archive.entry({ name: path, mode: 0o600, mtime: new Date(0) }, text);
  }
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}
