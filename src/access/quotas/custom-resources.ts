import type { Tenant } from '../../api/capsule/tenant.ts';
import { formatQuantity, parseQuantity } from '../../kube/quantity.ts';
import type { Amounts } from '../../kube/resource-list.ts';

const limitPrefix = 'quota.resources.capsule.clastix.io/';
const usedPrefix = 'used.resources.capsule.clastix.io/';

type Annotated = Pick<Tenant, 'metadata'>;

/** Key of the quota that limits custom resources, where others have their index. */
export const customResourcesKey = 'custom-resources';

/**
 * How many custom resources a tenant may have, as annotations say it, by
 * `<plural>.<group>_<version>`: native quota counts a kind, whatever its version.
 */
export function customResourceLimits({ metadata }: Annotated): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
      const counted = key.startsWith(limitPrefix) ? countedName(key.slice(limitPrefix.length)) : '';
      const limit = parseQuantity(value);
      return counted && limit && limit.nano >= 0n ? [[counted, formatQuantity(limit)]] : [];
    }),
  );
}

/** The annotations that say how many there are, where they say something else now. */
export function usedAnnotations({ metadata }: Annotated, used: Amounts): Record<string, string> {
  const { annotations = {} } = metadata;
  return Object.fromEntries(
    Object.keys(annotations).flatMap((key) => {
      if (!key.startsWith(limitPrefix)) return [];
      const name = key.slice(limitPrefix.length);
      const count = used.get(countedName(name));
      const told = usedPrefix + name;
      if (!count || annotations[told] === formatQuantity(count)) return [];
      return [[told, formatQuantity(count)]];
    }),
  );
}

/** The annotations that limit, for those who look whether one has changed. */
export function limitAnnotations(tenant: Annotated | undefined): Record<string, string> {
  const { annotations = {} } = tenant?.metadata ?? {};
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => key.startsWith(limitPrefix)),
  );
}

/** `widgets.example.com_v1` is `count/widgets.example.com`; nothing when it is not of that form. */
function countedName(name: string): string {
  const match = /^([a-z0-9-]+\.[a-z0-9.-]+)_[a-z0-9]+$/.exec(name);
  return match ? `count/${match[1]}` : '';
}
