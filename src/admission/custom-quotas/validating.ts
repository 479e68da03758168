import { compileQuota, expressionsOf } from '../../access/quotas/custom/compile-quota.ts';
import type { QuotaExpressions } from '../../access/quotas/custom/quota-expression.ts';
import { CustomQuota } from '../../api/capsule/custom-quota.ts';
import { GlobalCustomQuota } from '../../api/capsule/global-custom-quota.ts';
import { equalJson } from '../../base/json.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { defineHook, type DefinedHook } from '../hook.ts';
import { deny } from '../verdict.ts';
import { writesOf } from '../writes-of.ts';

interface Context {
  kind: typeof CustomQuota | typeof GlobalCustomQuota;
  expressions: QuotaExpressions;
}

/** What a quota counts by can be read; what is stored already may stay as it is. */
const sourcesRight: AdmissionRule<Context> = {
  name: 'custom-quota-sources',
  async check({ object, oldObject, namespace = '' }, { kind, expressions }) {
    if (!object || equalJson(object['spec'], oldObject?.['spec'])) return undefined;
    const { quota, problems } = compileQuota(kind.decode(object).spec);
    const [problem] = problems;
    if (problem) return refuse(problem.path, problem.message);
    const asked = expressionsOf(quota);
    const faults = await expressions.check(asked, { tenant: namespace });
    const faulty = faults.findIndex((fault) => fault !== undefined);
    return faulty === -1 ? undefined : refuse(asked[faulty]?.path ?? '', faults[faulty] ?? '');
  },
};

const refuse = (path: string, message: string) =>
  deny('CustomQuotaInvalid', `${path}: ${message}`, 422);

/** Refuses quotas that nothing can be counted by. */
export const customQuotasValidating: readonly DefinedHook[] = [
  { kind: CustomQuota, path: '/custom-quotas/namespaced/validating' },
  { kind: GlobalCustomQuota, path: '/custom-quotas/cluster/validating' },
].map(({ kind, path }) =>
  defineHook<Context>({
    name: kind.plural,
    type: 'validating',
    path,
    purpose: `Refuses ${kind.kind}s whose paths, selectors or expressions cannot be read.`,
    resources: writesOf(kind, 'CREATE', 'UPDATE'),
    failurePolicy: {
      policy: 'Fail',
      because: 'only those who write such quotas wait; what is counted goes on',
    },
    contextOf: (_, { expressions }) => ({ kind, expressions }),
    rules: [sourcesRight],
  }),
);
