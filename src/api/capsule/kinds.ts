import type { Kind } from '../define-kind.ts';
import { CapsuleConfiguration } from './capsule-configuration.ts';
import { GlobalProxySettings } from './global-proxy-settings.ts';
import { CustomQuota } from './custom-quota.ts';
import { GlobalCustomQuota } from './global-custom-quota.ts';
import { GlobalResourceQuota } from './global-resource-quota.ts';
import { GlobalTenantResource } from './global-tenant-resource.ts';
import { ProxySetting } from './proxy-setting.ts';
import { QuantityLedger } from './quantity-ledger.ts';
import { ResourcePoolClaim } from './resource-pool-claim.ts';
import { ResourcePool } from './resource-pool.ts';
import { RuleStatus } from './rule-status.ts';
import { TenantOwner } from './tenant-owner.ts';
import { TenantResource } from './tenant-resource.ts';
import { Tenant } from './tenant.ts';

/** The kinds of tenancy. */
export const capsuleKinds: readonly Kind<unknown, unknown>[] = [
  Tenant,
  CapsuleConfiguration,
  TenantOwner,
  RuleStatus,
  GlobalTenantResource,
  TenantResource,
  ResourcePool,
  ResourcePoolClaim,
  GlobalResourceQuota,
  CustomQuota,
  GlobalCustomQuota,
  QuantityLedger,
  ProxySetting,
  GlobalProxySettings,
];
