import { UsageError } from '../../cli/command.ts';
import { shortestLifeSeconds } from '../../kube/service-account-token.ts';
import type { OptionReader } from '../process/option-reader.ts';
import type { ManagerOption } from './manager-option.ts';

const addon = "capsule-addon-fluxcd's";

/** Flags of the component bridge; the first two are those of capsule-addon-fluxcd. */
export const bridgeOptions: readonly ManagerOption[] = [
  {
    flag: '--proxy-url <url>',
    description: 'address of the tenant proxy that kubeconfigs of the component bridge lead to',
    default: 'https://capsule-proxy.capsule-system.svc:9001',
    differs: addon,
  },
  {
    flag: '--proxy-ca-path <file>',
    description: "file with the proxy's authorities, which must exist; it is followed",
    default: '/tmp/ca.crt',
    differs: `${addon}, read once there`,
  },
  {
    flag: '--proxy-shortcut [bool]',
    description:
      'Kustomizations whose kubeconfig leads to --proxy-url go past it where it would only pass them on',
    default: 'true',
    differs: 'own',
  },
  {
    flag: '--kubeconfig-token-lifetime <duration>',
    description:
      'how long tokens of the component bridge live, 10m at least; renewed at half of it',
    default: '2h',
    differs: 'own',
  },
  {
    flag: '--legacy-token-secrets [bool]',
    description: 'the component bridge gives tokens that never end, by Secrets of their own',
    differs: `own: what ${addon.replace("'s", '')} always does`,
  },
  {
    flag: '--home-owner-reference [bool]',
    description:
      'the component bridge makes the namespace of an account part of the first tenant it owns',
    differs: `own: what ${addon.replace("'s", '')} always does`,
  },
];

/** What is told of the tenant proxy, and to the component bridge. */
export interface BridgeFlags {
  proxyUrl: string;
  proxyShortcut: boolean;
  proxyCaPath: string;
  tokenLifeMs: number;
  legacyTokens: boolean;
  homeReference: boolean;
}

/** Reads and checks them; throws {@link UsageError} that names the flag. */
export function parseBridgeFlags(read: OptionReader): BridgeFlags {
  const tokenLifeMs = read.duration('kubeconfigTokenLifetime');
  if (tokenLifeMs < shortestLifeSeconds * 1000) {
    throw new UsageError('--kubeconfig-token-lifetime: API servers give no less than 10m');
  }
  return {
    proxyUrl: parseUrl(read.text('proxyUrl')),
    proxyShortcut: read.flag('proxyShortcut') ?? true,
    proxyCaPath: read.text('proxyCaPath'),
    tokenLifeMs,
    legacyTokens: read.flag('legacyTokenSecrets') ?? false,
    homeReference: read.flag('homeOwnerReference') ?? false,
  };
}

function parseUrl(text: string): string {
  if (URL.parse(text)?.protocol === 'https:') return text;
  throw new UsageError(`--proxy-url: '${text}' is not an https:// address`);
}
