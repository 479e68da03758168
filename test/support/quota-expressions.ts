import { createQuotaExpressions } from '../../src/apps/tenancy/quota-expressions.ts';
import type { QuotaExpressions } from '../../src/access/quotas/custom/quota-expression.ts';
import { startPool } from '../../src/engines/render/__fixtures__/engine.ts';
import type { RenderPool } from '../../src/engines/render/render-pool.ts';

/** Evaluates expressions of quotas in real engines, which start once there are any. */
export function testExpressions(): { expressions: QuotaExpressions } & AsyncDisposable {
  let pool: Promise<RenderPool> | undefined;
  return {
    expressions: createQuotaExpressions(() => (pool ??= startPool({ size: 1 }))),
    async [Symbol.asyncDispose]() {
      await (await pool)?.close();
    },
  };
}
