import type {
  QuotaExpression,
  QuotaExpressions,
  Said,
} from '../../access/quotas/custom/quota-expression.ts';
import { describeFault } from '../../engines/cel/cel-fault.ts';
import { createCel, type Cel, type CelExpression, type CelVerdict } from '../../engines/cel/cel.ts';
import type { RenderPool } from '../../engines/render/render-pool.ts';

/** The expressions of quotas, evaluated by engines that are opened once there are any. */
export function createQuotaExpressions(openPool: () => Promise<RenderPool>): QuotaExpressions {
  let opened: Promise<Cel> | undefined;
  const cel = () => (opened ??= openPool().then(createCel));
  return {
    async check(expressions, who) {
      if (expressions.length === 0) return [];
      const faults = await (await cel()).check(expressions.map(toCel), who);
      return faults.map((fault) => fault && describeFault(fault));
    },
    async evaluate(expressions, object, who) {
      if (expressions.length === 0) return [];
      const verdicts = await (await cel()).evaluate(expressions.map(toCel), { object }, who);
      return verdicts.map(toSaid);
    },
  };
}

function toCel({ source, gives }: QuotaExpression): CelExpression {
  const shared = { source, variables: ['object'], dialect: 'kubernetes' } as const;
  return gives === 'quantities' ? { ...shared, gives } : shared;
}

function toSaid(verdict: CelVerdict): Said {
  if ('fault' in verdict) return { fault: describeFault(verdict.fault) };
  const { value, quantities } = verdict;
  return quantities ? { quantities } : { value };
}
