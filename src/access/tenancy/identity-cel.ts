import { celText, celTexts } from '../policy/cel.ts';
import { capsuleGroup, Verb } from './vocabulary.ts';

/**
 * The same identities in CEL, for the API server: what it knows of tenancy are the verbs that roles
 * of ours grant. Who holds every verb in the cluster administers all tenants and is no user of Capsule.
 */

/** What the expressions are made for. */
export interface IdentityCelOptions {
  /** Name of the CapsuleConfiguration that counts. */
  configuration: string;
  /** `ignoreUserWithGroups`. */
  ignoredGroups?: readonly string[];
  /** Namespace whose RoleBindings say which accounts live in tenants; not known if absent. */
  home?: string | undefined;
}

const mayOn = (resource: string, name: string, verb: Verb, namespace = `''`) =>
  `authorizer.group(${celText(capsuleGroup)}).resource('${resource}').namespace(${namespace})` +
  `.name(${name}).check(${celText(verb)}).allowed()`;

/**
 * Where it is looked up whether the sender is a user of Capsule. Bindings in `home` are among those
 * that are looked through for ServiceAccounts only, and not for those of `home`, which may hold every verb there.
 */
const bindingsOf = (home: string) =>
  `'system:serviceaccounts' in request.userInfo.groups && ` +
  `!(${celText(`system:serviceaccounts:${home}`)} in request.userInfo.groups) ? ${celText(home)} : ''`;

/** Whether the sender holds `verb` on the tenant that the expression `name` names. */
export const mayOnTenant = (verb: Verb, name: string) => mayOn('tenants', name, verb);

/** Whether the sender owns the tenant that the expression `name` names. */
export const isTenantOwnerCel = (name: string) => mayOnTenant(Verb.Own, name);

/** Whether the sender administers all tenants. */
export const isAdministratorCel = (configuration: string) =>
  mayOn('capsuleconfigurations', celText(configuration), Verb.Administer);

/** Whether the sender is the control plane itself, whose user name is given. */
export const isControllerCel = (controller: string) =>
  `request.userInfo.username == ${celText(controller)}`;

/** The same without its name: whether it holds the verb that only its own role has. */
export const isControlPlaneCel = (configuration: string) =>
  mayOn('capsuleconfigurations', celText(configuration), Verb.Control);

/**
 * Whether the sender is a user of Capsule, by name or group or because it lives in a tenant, and not in
 * a group that is ignored.
 */
export function isCapsuleUserCel({
  configuration,
  ignoredGroups = [],
  home,
}: IdentityCelOptions): string {
  const bound = home === undefined ? undefined : bindingsOf(home);
  const isUser = mayOn('capsuleconfigurations', celText(configuration), Verb.Use, bound);
  const isOfSystem = `'system:serviceaccounts:kube-system' in request.userInfo.groups`;
  const ignored =
    ignoredGroups.length > 0
      ? [`!request.userInfo.groups.exists(g, g in ${celTexts(ignoredGroups)})`]
      : [];
  return [`!(${isOfSystem})`, ...ignored, isUser, `!${isAdministratorCel(configuration)}`].join(
    ' && ',
  );
}

/**
 * The same of a request in a tenant's namespace, where the ServiceAccounts that live in it are users
 * of Capsule from its first moment on, before a binding says so.
 */
export const isCapsuleUserInNamespaceCel = (options: IdentityCelOptions) =>
  `request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':') || ` +
  `(${isCapsuleUserCel(options)})`;
