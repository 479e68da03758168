import type { RunningController } from '../../runtime/run-controller.ts';
import { startConfigurations } from './start-configurations.ts';
import { startIdentityHold } from './start-identity-hold.ts';
import { startCustomQuotas } from './start-custom-quotas.ts';
import { startGlobalQuotas } from './start-global-quotas.ts';
import { startObjectLabels } from './start-object-labels.ts';
import { startObjectMetadata } from './start-object-metadata.ts';
import { startPersistentVolumes } from './start-persistent-volumes.ts';
import { startProxySettings } from './start-proxy-settings.ts';
import { startQuotaMetrics } from './start-quota-metrics.ts';
import { startReplications } from './start-replications.ts';
import { startResourcePools } from './start-resource-pools.ts';
import { startRuleStatuses } from './start-rule-statuses.ts';
import { startTenantOwners } from './start-tenant-owners.ts';
import { startTenants } from './start-tenants.ts';
import { watchTenantMetrics } from './tenant-metrics.ts';
import { openTenancy, type TenancyComponentOptions } from './tenancy-context.ts';

/** Starts reconciling Tenants and what goes with them, until the runtime's signal aborts. */
export async function startTenancyComponent(
  options: TenancyComponentOptions,
): Promise<RunningController[]> {
  const context = await openTenancy(options);
  watchTenantMetrics(context);
  return [
    startTenants,
    startConfigurations,
    startTenantOwners,
    startObjectMetadata,
    startObjectLabels,
    startPersistentVolumes,
    startResourcePools,
    startReplications,
    startIdentityHold,
    startRuleStatuses,
    startGlobalQuotas,
    startCustomQuotas,
    startQuotaMetrics,
    startProxySettings,
  ].flatMap((start) => start(context));
}
