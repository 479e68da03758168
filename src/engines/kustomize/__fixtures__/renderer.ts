import { startPool } from '../../render/__fixtures__/engine.ts';
import { packSource, type TarFiles } from '../../render/__fixtures__/tarball.ts';
import type { RenderPool, RenderPoolOptions } from '../../render/render-pool.ts';
import { createRenderer, type Render, type Renderer, type RenderRequest } from '../renderer.ts';

/** A renderer on real engines, and short ways to use it. */
export interface TestRenderer extends Renderer {
  pool: RenderPool;
  /** Renders a path of files. */
  files(files: TarFiles, request?: Partial<RenderRequest>): Promise<Render>;
  /** `code: message` of the failure, for tests that look at all of it. */
  failure(files: TarFiles, request?: Partial<RenderRequest>): Promise<string>;
}

/** Starts engines; close the pool afterwards. */
export async function startRenderer(
  options: Partial<RenderPoolOptions> = {},
): Promise<TestRenderer> {
  const pool = await startPool(options);
  const renderer = createRenderer({ pool, cacheBytes: 32 << 20 });
  const files = (content: TarFiles, request: Partial<RenderRequest> = {}) =>
    renderer.render({
      artifact: packSource(content),
      path: './',
      spec: {},
      tenant: 'test',
      ...request,
    });
  return {
    ...renderer,
    pool,
    files,
    async failure(content, request) {
      try {
        const { objects } = await files(content, request);
        return `rendered ${objects.length} objects`;
      } catch (error) {
        const { code, message } = error as { code?: string; message: string };
        return `${code}: ${message}`;
      }
    },
  };
}
