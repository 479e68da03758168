import { z } from 'zod';
import { withRules } from './fields.ts';
import { LocalReference, SecretKeyReference } from './references.ts';

const message =
  'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified';

/** Where the kubeconfig of a remote cluster, or how to make one, is kept. */
export const KubeConfigReference = withRules(
  z
    .object({
      configMapRef: LocalReference.describe(
        'A ConfigMap with the keys `provider` (aws, azure, gcp or generic), `cluster`, `address`, ' +
          '`ca.crt`, `audiences`, `serviceAccountName`: credentials are made from them. ' +
          'Excludes secretRef.',
      ).exactOptional(),
      secretRef: SecretKeyReference.describe(
        'A Secret that holds a self-contained kubeconfig under `key`, by default `value`. ' +
          'Excludes configMapRef.',
      ).exactOptional(),
    })
    .describe(
      'A remote cluster to apply to. With serviceAccountName, that account is impersonated there.',
    ),
  [
    {
      rule: 'has(self.configMapRef) || has(self.secretRef)',
      message,
      holds: (value) => value.configMapRef !== undefined || value.secretRef !== undefined,
    },
    {
      rule: '!has(self.configMapRef) || !has(self.secretRef)',
      message,
      holds: (value) => value.configMapRef === undefined || value.secretRef === undefined,
    },
  ],
);
