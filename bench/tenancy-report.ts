import type { AdmissionLatency } from './tenancy-admission.ts';
import type { TenancyResults } from './tenancy.ts';

/** The table of a run. */
export function formatTenancy(results: TenancyResults): string {
  const { options, installSeconds, onboardingSeconds, steadyWrites, restMb, peakMb } = results;
  return [
    `${options.tenants} tenants of 3 namespaces, each with a LimitRange, a NetworkPolicy and two RoleBindings`,
    `all but the last: ${installSeconds.toFixed(1)} s`,
    `the last, from apply until its owner works in all its namespaces: ${onboardingSeconds.toFixed(2)} s`,
    `steady state: ${steadyWrites} writes in ${options.steady} s`,
    `memory of the manager: ${restMb.toFixed(0)} MB at rest, ${peakMb.toFixed(0)} MB peak`,
    ...results.admission.map(admissionLine),
  ].join('\n');
}

function admissionLine({ what, inTenant, elsewhere }: AdmissionLatency): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const added = (part: 'p50' | 'p99') =>
    `${part} ${ms(elsewhere[part])} → ${ms(inTenant[part])}, added ${ms(inTenant[part] - elsewhere[part])}`;
  return `${what}, elsewhere → in a tenant: ${added('p50')}; ${added('p99')}`;
}
