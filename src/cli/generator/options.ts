import { parseDuration } from '../../base/duration.ts';
import { shortestLifeSeconds } from '../../kube/service-account-token.ts';
import type { OptionValues } from '../command.ts';
import { textOption } from '../cluster/options.ts';

/** A kubeconfig as it is asked for. */
export interface GeneratorOptions {
  account: { namespace: string; name: string };
  server: string;
  tlsSecret: { namespace: string; name: string; key: string };
  /** Key of the kubeconfig in its Secret. */
  secretKey: string;
  /** Undefined: the token of the account's token Secret. */
  lifeSeconds: number | undefined;
}

/**
 * Reads the flags. Throws an Error, and so ends with 1 as proxy-kubeconfig-generator does, for each
 * that is missing.
 */
export function parseGeneratorOptions(options: OptionValues): GeneratorOptions {
  const [name, server, tlsName] = [
    required(options, 'serviceaccount', 'serviceaccount'),
    required(options, 'server', 'server'),
    required(options, 'serverTlsSecretName', 'server-tls-secret-name'),
  ];
  if (URL.parse(server)?.protocol !== 'https:') {
    throw new Error(`--server: '${server}' is not an https:// address`);
  }
  return {
    account: { namespace: textOption(options, 'namespace') ?? 'default', name },
    server,
    tlsSecret: {
      namespace: textOption(options, 'serverTlsSecretNamespace') ?? 'default',
      name: tlsName,
      key: textOption(options, 'serverTlsSecretCaKey') ?? 'ca',
    },
    secretKey: textOption(options, 'kubeconfigSecretKey') ?? 'kubeconfig',
    lifeSeconds: lifeOf(textOption(options, 'expiry')),
  };
}

function required(options: OptionValues, option: string, flag: string): string {
  const value = textOption(options, option);
  if (value === undefined) throw new Error(`--${flag} is missing: say --help for what it means`);
  return value;
}

function lifeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= shortestLifeSeconds * 1000) return Math.ceil(ms / 1000);
  throw new Error(`--expiry: '${text}' is not a duration of at least 10m, such as 24h`);
}
