import { silentLog } from '../../../base/log.ts';
import { buildNative } from '../../native/build-native.ts';
import type { EngineProcess, EngineRequest } from '../engine-process.ts';
import { createRenderPool, type RenderPool, type RenderPoolOptions } from '../render-pool.ts';
import type { Source } from './tarball.ts';

/** How long building the engine for the first time may take, in milliseconds. */
export const engineBuildMs = 300_000;

/** Path of the engine built from this tree. */
export function engineBinary(): Promise<string> {
  return buildNative('engine');
}

/** A pool of real engines. */
export async function startPool(options: Partial<RenderPoolOptions> = {}): Promise<RenderPool> {
  return createRenderPool({
    binary: await engineBinary(),
    size: 2,
    maxMemoryBytes: 512 << 20,
    deadlineMs: 60_000,
    log: silentLog,
    ...options,
  });
}

/** The request that gives an engine a source. */
export function loadRequest({ digest, bytes }: Source): EngineRequest {
  return { op: 'load', params: { digest }, attachments: [bytes] };
}

/** Builds a path of a source that has its own kustomization; the objects as JSON text. */
export async function buildPath(
  engine: Pick<EngineProcess, 'request'>,
  source: Source,
  path = '.',
): Promise<string> {
  await engine.request(loadRequest(source));
  const { attachments } = await engine.request({
    op: 'build',
    params: { artifact: source.digest, path },
  });
  return Buffer.from(attachments[0] ?? []).toString();
}

/**
 * A source that takes an engine far longer than any test: a binary tree of bases, each of which
 * doubles the objects below it; as deep as the limit on the number of kustomizations lets it be.
 */
export function endlessFiles(levels = 12): Record<string, string> {
  const files: Record<string, string> = {
    'level0/kustomization.yaml': 'resources: [object.yaml]\n',
    'level0/object.yaml': Array.from({ length: 16 }, (_, index) =>
      configMap(`object-${index}`),
    ).join('---\n'),
  };
  for (let level = 1; level <= levels; level += 1) {
    const below = `resources: [../level${level - 1}]`;
    files[`left${level}/kustomization.yaml`] = `${below}\nnamePrefix: l-\n`;
    files[`right${level}/kustomization.yaml`] = `${below}\nnamePrefix: r-\n`;
    files[`level${level}/kustomization.yaml`] = `resources: [../left${level}, ../right${level}]\n`;
  }
  files['kustomization.yaml'] = `resources: [level${levels}]\n`;
  return files;
}

/** A ConfigMap in YAML. */
export function configMap(name: string, data = ''): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\ndata: {${data}}\n`;
}

/** Ten fields of YAML that stand for nine to the ninth scalars. */
export function aliasBomb(levels = 10): string {
  const line = (level: number) => {
    const below = level === 0 ? 'x' : Array.from({ length: 9 }, () => `*a${level - 1}`).join(', ');
    return `a${level}: &a${level} [${below}]\n`;
  };
  return Array.from({ length: levels }, (_, level) => line(level)).join('');
}
