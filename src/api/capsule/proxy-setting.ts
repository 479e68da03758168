import { z } from 'zod';
import { ageColumn, readyColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { reconcileStatus } from '../meta.ts';
import { ClusterResource } from './cluster-resource.ts';
import { capsuleGroup } from './group.ts';
import { proxySettings, Subject } from './owner.ts';

const ProxySettingSpec = z
  .object({
    subjects: z
      .array(
        Subject.extend({
          clusterResources: z
            .array(ClusterResource)
            .describe('Cluster-scoped objects that are shown to it.')
            .exactOptional(),
          proxySettings,
        }),
      )
      .min(1)
      .describe('Who sees more, and what.'),
  })
  .describe('Who sees the tenant through the proxy beside its owners.');

/** Who sees the tenant of its namespace through the proxy, as its owners do. */
export const ProxySetting = defineKind({
  group: capsuleGroup,
  kind: 'ProxySetting',
  plural: 'proxysettings',
  singular: 'proxysetting',
  shortNames: [],
  categories: [],
  scope: 'Namespaced',
  versions: [{ name: 'v1beta1' }],
  description: 'Who sees the tenant of its namespace through the proxy, as its owners do.',
  columns: [readyColumn, ageColumn],
  shape: {},
  crdAnnotations: {},
  spec: ProxySettingSpec,
  status: z.object({ ...reconcileStatus }).describe('What was last observed.'),
});
export type ProxySetting = ObjectOf<typeof ProxySetting>;
