import type { EquipmentIndex } from '../../controllers/reconciler-account/equipment-index.ts';
import { kubeconfigKey, kubeconfigName } from '../../controllers/reconciler-account/names.ts';
import { secretValues } from '../../controllers/shared/secret.ts';
import { readTokenClaims } from '../../kube/token-claims.ts';
import type { ReadGauge } from '../../runtime/metrics.ts';

/** As `formatKubeconfig` writes it; nothing is parsed whole for a number. */
const tokenPattern = /^ *token: (\S+)$/m;

/**
 * When the token in each kubeconfig ends, read off the kubeconfig as it is: an alert on less than half an
 * hour says that renewal has stopped.
 */
export function kubeconfigExpiry(index: EquipmentIndex): ReadGauge {
  return {
    name: 'tenantry_kubeconfig_expiry_timestamp_seconds',
    help: 'When the token of an account that deploys tenants ends; none of one that never does.',
    labels: ['namespace', 'name'],
    read: () =>
      index.accounts().flatMap((account) => {
        const secret = index
          .of(account)
          .find(({ object }) => object.metadata.name === kubeconfigName(account));
        const kubeconfig = secret && secretValues(secret.object).text(kubeconfigKey);
        const [, token = ''] = tokenPattern.exec(kubeconfig ?? '') ?? [];
        const claims = readTokenClaims(token);
        return claims ? [{ labels: { ...account }, value: claims.expiresMs / 1000 }] : [];
      }),
  };
}
