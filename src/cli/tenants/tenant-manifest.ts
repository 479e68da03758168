import { Tenant } from '../../api/capsule/tenant.ts';
import { apiVersionOf, type KubeObject } from '../../kube/object.ts';
import { listOption, textOption } from '../cluster/options.ts';
import { UsageError, type OptionValues } from '../command.ts';
import { parseOwner } from './owner-flag.ts';

const nameOf = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * The Tenant that flags describe.
 *
 * @throws UsageError that names the flag and what it may be
 */
export function tenantManifest(name: string, options: OptionValues): KubeObject {
  if (!nameOf.test(name)) throw new UsageError(`'${name}' is not a name: a-z, 0-9 and dashes`);
  const owners = listOption(options, 'owner').map(parseOwner);
  if (owners.length === 0) throw new UsageError('name an owner: --owner User:alice');
  const roles = listOption(options, 'ownerRole');
  const quota = quotaOf(options);
  const prefix = options['forcePrefix'] === true;
  const labels = pairsOf(options, 'namespaceLabel', '--namespace-label');
  const nodes = pairsOf(options, 'nodeSelector', '--node-selector');
  return {
    apiVersion: apiVersionOf(Tenant.type),
    kind: Tenant.kind,
    metadata: { name },
    spec: {
      owners: owners.map((owner) => ({
        ...owner,
        ...(roles.length > 0 && { clusterRoles: roles }),
      })),
      ...((quota !== undefined || labels) && {
        namespaceOptions: {
          ...(quota !== undefined && { quota }),
          ...(labels && { additionalMetadata: { labels } }),
        },
      }),
      ...(prefix && { forceTenantPrefix: true }),
      ...(nodes && { nodeSelector: nodes }),
    },
  };
}

function quotaOf(options: OptionValues): number | undefined {
  const text = textOption(options, 'namespaceQuota');
  if (text === undefined) return undefined;
  const quota = Number(text);
  if (/^[1-9][0-9]{0,8}$/.test(text)) return quota;
  throw new UsageError(`--namespace-quota: '${text}' is not a number of namespaces, 1 or more`);
}

function pairsOf(options: OptionValues, name: string, flag: string) {
  const pairs = listOption(options, name).map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new UsageError(`${flag}: '${text}' is not KEY=VALUE`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return pairs.length === 0 ? undefined : (Object.fromEntries(pairs) as Record<string, string>);
}
