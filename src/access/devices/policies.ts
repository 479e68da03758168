import type { NamespacePolicies } from '../../api/capsule/namespace-policies.ts';
import type { KubeObject } from '../../kube/object.ts';
import { isListed, isListedCel } from '../policy/allowed.ts';
import { validatingPolicy, type Policy } from '../policy/policy.ts';
import type { Rule } from '../policy/rule.ts';
import { inTenants, namespaceParams } from '../tenancy/tenant-namespaces.ts';

/** What the rule about claims of devices looks at. */
export interface DeviceFacts {
  /** Classes of every request, alternatives included. */
  classes: string[];
  policies: NamespacePolicies;
}

interface DeviceRequest {
  exactly?: { deviceClassName?: string };
  firstAvailable?: { deviceClassName?: string }[];
}
interface ClaimSpec {
  devices?: { requests?: DeviceRequest[] };
}

/** Classes of devices that a ResourceClaim, or the claims of a template, ask for. */
export function deviceClassesOf(object: KubeObject): string[] {
  const spec = object['spec'] as ClaimSpec & { spec?: ClaimSpec };
  const { devices } = object.kind === 'ResourceClaimTemplate' ? (spec.spec ?? {}) : spec;
  return (devices?.requests ?? []).flatMap(({ exactly, firstAvailable = [] }) =>
    [...(exactly ? [exactly] : []), ...firstAvailable].map(
      ({ deviceClassName = '' }) => deviceClassName,
    ),
  );
}

const list = 'params.policies.deviceClasses';
const isFine = isListedCel(list, 'c');

/** Every request of a claim is for devices that the tenant may use. */
export const devicesAllowed: Rule<DeviceFacts> = {
  name: 'deviceclass-allowed',
  cel: `variables.classes.all(l, l.all(c, ${isFine}))`,
  holds: (facts) => badClass(facts) === undefined,
  message: 'this DeviceClass is not allowed in the namespaces of the tenant',
  messageCel:
    `'DeviceClass \\'' + variables.classes.filter(l, !l.all(c, ${isFine}))[0].filter(c, !${isFine})[0] + ` +
    `'\\' is not allowed in the namespaces of the tenant; allowed: ' + ${list}.choices`,
  explain: (facts) =>
    `DeviceClass '${badClass(facts) ?? ''}' is not allowed in the namespaces of the tenant; ` +
    `allowed: ${facts.policies.deviceClasses?.choices ?? ''}`,
};

function badClass({ classes, policies: { deviceClasses } }: DeviceFacts): string | undefined {
  return deviceClasses && classes.find((name) => !isListed(deviceClasses, name));
}

const requests =
  `(request.kind.kind == 'ResourceClaimTemplate' ? object.spec.spec : object.spec)` +
  `.?devices.?requests.orValue([])`;

/** The first ring around claims of devices; what they ask for never changes. */
export function devicePolicies(): Policy[] {
  return validatingPolicy<DeviceFacts>({
    name: 'devices.tenantry.dev',
    resources: [
      {
        apiGroups: ['resource.k8s.io'],
        apiVersions: ['v1'],
        operations: ['CREATE'],
        resources: ['resourceclaims', 'resourceclaimtemplates'],
      },
    ],
    matchConditions: [{ name: 'is-limited', expression: `has(${list})` }],
    variables: [
      {
        name: 'classes',
        expression:
          `${requests}.map(r, (has(r.exactly) ? [r.exactly.deviceClassName] : []) + ` +
          `r.?firstAvailable.orValue([]).map(f, f.deviceClassName))`,
      },
    ],
    params: namespaceParams,
    namespaceSelector: inTenants,
    rules: [devicesAllowed],
  });
}
