import { GlobalProxySettings } from '../../api/capsule/global-proxy-settings.ts';
import { ProxySetting } from '../../api/capsule/proxy-setting.ts';
import { judgeGlobalSettings, judgeProxySetting } from '../../controllers/proxy-settings/judge.ts';
import { keepReady } from '../../controllers/proxy-settings/keep-ready.ts';
import { startKeeper, type Keeper } from '../../runtime/keeper.ts';
import type { TenancyContext } from './tenancy-context.ts';

/** Starts saying of the settings of the tenant proxy whether they mean something. */
export function startProxySettings({ runtime, client, namespaces }: TenancyContext): Keeper[] {
  const { caches, clock } = runtime;
  const settings = startKeeper({
    name: 'proxy-setting',
    runtime,
    watch: () => caches.for(ProxySetting.type),
    keep: keepReady({
      client,
      clock,
      type: ProxySetting.type,
      judge: (object) => judgeProxySetting(object, namespaces.tenantOf),
    }),
  });
  const global = startKeeper({
    name: 'global-proxy-settings',
    runtime,
    watch: () => caches.for(GlobalProxySettings.type),
    keep: keepReady({
      client,
      clock,
      type: GlobalProxySettings.type,
      judge: judgeGlobalSettings,
    }),
  });
  for (const keeper of [settings, global]) keeper.open();
  return [settings, global];
}
