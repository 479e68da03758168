import type { DecryptionDefaults } from '../../controllers/kustomization/build/decryption-defaults.ts';
import type { ManagerFlags } from './flags.ts';
import { homeNamespace } from '../process/home-namespace.ts';

/** What the flags and the environment say of decryption. */
export function decryptionDefaults(
  flags: ManagerFlags,
  env: NodeJS.ProcessEnv = process.env,
): DecryptionDefaults {
  const beside = (name: string) => (name === '' ? undefined : { namespace: homeNamespace, name });
  return {
    ageSecret: beside(flags.sopsAgeSecret),
    vaultConfigMap: beside(flags.sopsVaultConfigMap),
    serviceAccount: flags.defaultDecryptionServiceAccount,
    vaultToken: flags.policy.profile === 'single-tenant' ? env['VAULT_TOKEN'] : undefined,
    addresses: { allowLoopback: flags.allowLoopbackSources, allowLinkLocal: false },
  };
}

/** The door that these flags open, for the log at start. */
export function openedByDecryption({ policy, sopsAgeSecret }: ManagerFlags): string[] {
  if (sopsAgeSecret === '' || policy.profile === 'single-tenant') return [];
  return [
    `--sops-age-secret=${sopsAgeSecret}: every tenant can have what is encrypted for it decrypted in its own namespaces`,
  ];
}
