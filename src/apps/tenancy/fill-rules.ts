import type { AdmissionContext } from '../../admission/context.ts';
import { rulesIn } from '../../controllers/tenant/rules/rules-in.ts';
import type { RenderPool } from '../../engines/render/render-pool.ts';
import { createTemplates, type Templates } from '../../engines/templates/templates.ts';

/** Half of the time that the API server waits for a webhook. */
const deadlineMs = 5_000;

/** Fills in rules as the tenant controller does, by engines that are opened once a rule has a template. */
export function createFillRules(
  openPool: () => Promise<Pick<RenderPool, 'request'>>,
): AdmissionContext['fillRules'] {
  let opened: Promise<Templates> | undefined;
  const templates: Pick<Templates, 'execute'> = {
    async execute(...asked) {
      opened ??= openPool().then((pool) => createTemplates(pool));
      return await (await opened).execute(...asked);
    },
  };
  return (rules, { tenant, namespace }) =>
    rulesIn(namespace, rules, { tenant, templates, signal: AbortSignal.timeout(deadlineMs) });
}
