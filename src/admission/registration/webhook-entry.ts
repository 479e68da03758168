import type { MatchCondition, ResourceRule } from '../../access/policy/policy.ts';
import {
  isAdministratorCel,
  isCapsuleUserCel,
  type IdentityCelOptions,
} from '../../access/tenancy/identity-cel.ts';
import { hookName } from '../hook-name.ts';
import type { CountedScope } from '../../access/quotas/custom/counted-scope.ts';
import type { HookDeclaration } from '../hook.ts';
import { exemptRequests, outsideOfSystem } from './exemptions.ts';

/** What the configuration says of one webhook, as far as it is heard. */
export interface HookOverride {
  name: string;
  path: string;
  failurePolicy?: string | undefined;
  matchConditions?: readonly MatchCondition[] | undefined;
  matchPolicy?: string | undefined;
  namespaceSelector?: object | undefined;
  objectSelector?: object | undefined;
  reinvocationPolicy?: string | undefined;
  timeoutSeconds?: number | undefined;
  opts?: { administrators: boolean; capsuleUsers: boolean } | undefined;
}

/** Where API servers find the webhook server, and what is the same for all of its hooks. */
export interface Registrar {
  client: { url: string } | { service: { name: string; namespace: string; port?: number } };
  /** Certificates of the authority, PEM in base64; absent when another injects them. */
  caBundle?: string | undefined;
  /** Namespace the control plane runs in. */
  home: string;
  /** What custom quotas count. */
  counted: readonly CountedScope[];
  /** Whom expressions about identities are made for. */
  identities: IdentityCelOptions;
}

/** Longest a request waits for an answer that usually takes milliseconds. */
const timeoutSeconds = 10;

/** A webhook of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration. */
export function webhookEntry(
  hook: HookDeclaration,
  override: Partial<HookOverride>,
  registrar: Registrar,
): Record<string, unknown> {
  const { home } = registrar;
  const conditions = [
    ...exemptRequests(home, hook.asks),
    ...optionConditions(override, registrar),
    ...conditionsOf(hook, registrar),
    ...(override.matchConditions ?? []),
  ];
  const objectSelector = both(hook.objectSelector, override.objectSelector);
  return {
    name: hookName(hook),
    admissionReviewVersions: ['v1'],
    clientConfig: clientConfig(hook.path, registrar),
    failurePolicy: override.failurePolicy ?? hook.failurePolicy.policy,
    matchConditions: conditions,
    matchPolicy: override.matchPolicy ?? 'Equivalent',
    namespaceSelector: outsideOfSystem(
      both(hook.namespaceSelector, override.namespaceSelector),
      home,
    ),
    objectSelector,
    rules: resourcesOf(hook, registrar.counted).map((rule) => ({ scope: '*', ...rule })),
    // Usage is booked by some hooks, never on a dry run.
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: override.timeoutSeconds ?? hook.timeoutSeconds ?? timeoutSeconds,
    ...(hook.type === 'mutating' && {
      reinvocationPolicy: override.reinvocationPolicy ?? hook.reinvocationPolicy ?? 'Never',
    }),
  };
}

/** Which requests it is about now. */
export function resourcesOf(
  { resources }: HookDeclaration,
  counted: readonly CountedScope[],
): readonly ResourceRule[] {
  return typeof resources === 'function' ? resources(counted) : resources;
}

function conditionsOf(
  { matchConditions = [] }: HookDeclaration,
  { identities, counted }: Registrar,
) {
  if (typeof matchConditions !== 'function') return matchConditions;
  return matchConditions(identities, counted);
}

function clientConfig(path: string, { client, caBundle }: Registrar): Record<string, unknown> {
  const at =
    'url' in client
      ? { url: `${client.url.replace(/\/+$/, '')}${path}` }
      : { service: { port: 443, ...client.service, path } };
  return { ...at, ...(caBundle !== undefined && { caBundle }) };
}

/** `opts`: only requests of users of Capsule; with `administrators`, of those as well. */
function optionConditions(
  { opts }: Partial<HookOverride>,
  { identities }: Registrar,
): MatchCondition[] {
  if (!opts?.capsuleUsers) return [];
  const isUser = isCapsuleUserCel(identities);
  const expression = opts.administrators
    ? `(${isUser}) || ${isAdministratorCel(identities.configuration)}`
    : isUser;
  return [{ name: 'of-capsule-users', expression }];
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: object[];
}

/** What both selectors select. */
function both(one: object = {}, other: object = {}): Selector {
  // Both are label selectors: one of ours, one that the API server has checked.
  const [a, b] = [one as Selector, other as Selector];
  const matchLabels = { ...a.matchLabels, ...b.matchLabels };
  const matchExpressions = [...(a.matchExpressions ?? []), ...(b.matchExpressions ?? [])];
  return {
    ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
    ...(matchExpressions.length > 0 && { matchExpressions }),
  };
}
