import type { BlockList } from 'node:net';
import { parseBlocks } from '../../base/address-blocks.ts';
import { messageOf } from '../../base/errors.ts';
import type { LogEncoding, LogLevel } from '../../base/log.ts';
import { re2, type Re2 } from '../../base/re2/re2.ts';
import { UsageError, type OptionValues } from '../../cli/command.ts';
import type { RequestLimit } from '../../kube/request-limiter.ts';
import { authTypes, type AuthType } from '../../proxy/caller/authenticate.ts';
import type { CallerLimits } from '../../proxy/server/caller-limits.ts';
import { parseGates } from '../../runtime/feature-gates.ts';
import { parseLogEncoding, parseLogLevel } from '../manager/capsule-flags.ts';
import { readerOf, type OptionReader } from '../process/option-reader.ts';
import { defaultProxyGates, type ProxyGates } from './gates.ts';

/** What `tenantry proxy` can be told. */
export interface ProxyFlags {
  kubeconfig: string | undefined;
  context: string | undefined;
  /** Of the Secret with the certificate. */
  namespace: string | undefined;
  listen: { host: string | undefined; port: number };
  /** Undefined: plain HTTP. */
  tls: { files: { cert: string; key: string } } | { secret: string; names: string[] } | undefined;
  authTypes: readonly AuthType[];
  trustedProxies: BlockList;
  /** In small letters. */
  forwardedHeader: string;
  configurationName: string;
  allowedPaths: ReadonlySet<string>;
  ignored: { users: ReadonlySet<string>; groups: ReadonlySet<string> };
  isGroupUsed(group: string): boolean;
  reflector: boolean;
  gates: ProxyGates;
  callerLimits: CallerLimits;
  apiLimit: RequestLimit | undefined;
  metricsAddr: string;
  healthAddr: string;
  gracefulShutdownMs: number;
  logLevel: LogLevel;
  logEncoding: LogEncoding;
}

/** Reads and checks the flags; throws {@link UsageError} that names the flag. */
export function parseProxyFlags(options: OptionValues): ProxyFlags {
  const read = readerOf(options);
  const types = parseAuthTypes(read);
  const trusted = read.list('trustedProxyCidrs');
  if (types.includes('XForwardedClientCert') && trusted.length === 0) {
    throw new UsageError('XForwardedClientCert needs --trusted-proxy-cidrs: who may send it');
  }
  const paths = read.list('allowedPaths');
  return {
    kubeconfig: read.optional('kubeconfig'),
    context: read.optional('context'),
    namespace: read.optional('namespace') || undefined,
    listen: {
      host: read.optional('listeningAddress') || undefined,
      port: read.count('listeningPort', 0),
    },
    tls: parseTls(read),
    authTypes: types,
    trustedProxies: naming('trusted-proxy-cidrs', () => parseBlocks(trusted)),
    forwardedHeader: parseHeaderName(read.text('xfccHeaderName')),
    configurationName: read.text('capsuleConfigurationName'),
    allowedPaths: new Set(paths.length === 0 ? ['/api', '/apis', '/version'] : paths),
    ignored: {
      users: new Set(read.list('ignoredUsername')),
      groups: new Set(read.list('ignoredUserGroup')),
    },
    isGroupUsed: parseGroupFilter(read),
    reflector: read.flag('enableReflector') ?? false,
    gates: naming('feature-gates', () => parseGates(read.list('featureGates'), defaultProxyGates)),
    callerLimits: {
      requests: read.count('maxRequestsPerCaller', 0),
      watches: read.count('maxWatchesPerCaller', 0),
    },
    apiLimit: parseLimit(read),
    metricsAddr: read.text('metricsAddr'),
    healthAddr: read.text('healthAddr'),
    gracefulShutdownMs: read.duration('gracefulShutdownTimeout'),
    logLevel: parseLogLevel(read),
    logEncoding: parseLogEncoding(read),
  };
}

function parseAuthTypes(read: OptionReader): readonly AuthType[] {
  const given = read.list('authPreferredTypes');
  if (given.length === 0) return ['TLSCertificate', 'BearerToken'];
  return given.map((name) => {
    const known = authTypes.find((type) => type === name);
    if (known) return known;
    throw new UsageError(`--auth-preferred-types: '${name}' is not one of ${authTypes.join(', ')}`);
  });
}

function parseTls(read: OptionReader): ProxyFlags['tls'] {
  const [cert, key] = [read.text('sslCertPath'), read.text('sslKeyPath')];
  const isOn = read.flag('enableSsl') ?? true;
  if (!isOn && (cert !== '' || key !== '')) {
    throw new UsageError('--enable-ssl=false and a certificate do not go together');
  }
  if (!isOn) return undefined;
  if ((cert === '') !== (key === '')) {
    throw new UsageError('--ssl-cert-path and --ssl-key-path go together');
  }
  if (cert !== '') return { files: { cert, key } };
  return { secret: read.text('tlsSecretName'), names: read.list('tlsName') };
}

function parseHeaderName(name: string): string {
  if (/^[A-Za-z0-9-]+$/.test(name)) return name.toLowerCase();
  throw new UsageError(`--xfcc-header-name: '${name}' is not the name of a header`);
}

function parseGroupFilter(read: OptionReader): (group: string) => boolean {
  const pattern = read.text('impersonationGroupRegexp');
  const used = pattern === '' ? undefined : compile('impersonation-group-regexp', pattern);
  const ignored = read
    .list('ignoredImpersonationGroup')
    .map((text) => compile('ignored-impersonation-group', text));
  return (group) =>
    (used?.test(group) ?? true) && !ignored.some((expression) => expression.test(group));
}

function compile(flag: string, pattern: string): Re2 {
  const expression = re2(pattern);
  if (expression) return expression;
  throw new UsageError(`--${flag}: '${pattern}' is not a pattern of RE2`);
}

function parseLimit(read: OptionReader): RequestLimit | undefined {
  const qps = read.number('clientConnectionQps');
  return qps > 0 ? { qps, burst: read.number('clientConnectionBurst') } : undefined;
}

function naming<T>(flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(`--${flag}: ${messageOf(error)}`);
  }
}
