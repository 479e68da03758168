import { z } from 'zod';
import { ageColumn, readyColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { reconcileStatus } from '../meta.ts';
import { ClusterResource } from './cluster-resource.ts';
import { capsuleGroup } from './group.ts';
import { Subject } from './owner.ts';

const GlobalProxySettingsSpec = z
  .object({
    rules: z
      .array(
        z.object({
          clusterResources: z
            .array(ClusterResource)
            .describe('Cluster-scoped objects that are shown to them.')
            .exactOptional(),
          subjects: z.array(Subject).describe('To whom, if they are users of Capsule.'),
        }),
      )
      .min(1)
      .describe('Who sees what.'),
  })
  .describe('What the proxy shows, whichever tenant it is asked from.');

/** Cluster-scoped objects that the tenant proxy shows to users of Capsule. */
export const GlobalProxySettings = defineKind({
  group: capsuleGroup,
  kind: 'GlobalProxySettings',
  plural: 'globalproxysettings',
  singular: 'globalproxysettings',
  shortNames: [],
  categories: [],
  scope: 'Cluster',
  versions: [{ name: 'v1beta1' }],
  description: 'Cluster-scoped objects that the tenant proxy shows to users of Capsule.',
  columns: [readyColumn, ageColumn],
  shape: {},
  crdAnnotations: {},
  spec: GlobalProxySettingsSpec,
  status: z.object({ ...reconcileStatus }).describe('What was last observed.'),
});
export type GlobalProxySettings = ObjectOf<typeof GlobalProxySettings>;
