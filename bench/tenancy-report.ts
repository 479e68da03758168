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

function admissionLine({ kind, inTenant, elsewhere }: AdmissionLatency): string {
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  const added = (what: 'p50' | 'p99') =>
    `${what} ${ms(elsewhere[what])} → ${ms(inTenant[what])}, added ${ms(inTenant[what] - elsewhere[what])}`;
  return `create ${kind}, elsewhere → in a tenant: ${added('p50')}; ${added('p99')}`;
}
