import { createQuotaExpressions } from '../../src/apps/tenancy/quota-expressions.ts';
import { createFillRules } from '../../src/apps/tenancy/fill-rules.ts';
import type { QuotaExpressions } from '../../src/access/quotas/custom/quota-expression.ts';
import { startPool } from '../../src/engines/render/__fixtures__/engine.ts';
import type { RenderPool } from '../../src/engines/render/render-pool.ts';

/** Evaluates expressions of quotas and templates of rules in real engines, which start once there are any. */
export function testExpressions(): {
  expressions: QuotaExpressions;
  fillRules: ReturnType<typeof createFillRules>;
} & AsyncDisposable {
  let pool: Promise<RenderPool> | undefined;
  const openPool = () => (pool ??= startPool({ size: 1 }));
  return {
    expressions: createQuotaExpressions(openPool),
    fillRules: createFillRules(openPool),
    async [Symbol.asyncDispose]() {
      await (await pool)?.close();
    },
  };
}
