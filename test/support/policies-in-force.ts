import { configMapType } from '../../src/kube/core-resources.ts';
import type { OwnClient } from '../../src/kube/client.ts';
import { KubeApiError } from '../../src/kube/api-error.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { freshName } from './cluster.ts';
import { eventually } from './eventually.ts';
import { applyAll, deleteAll } from './install.ts';

const v1 = 'admissionregistration.k8s.io/v1';
const seen = 'tenantry.test/seen';

/** Where to look, and whether the API server knows policies that mutate. */
export interface ProbeOptions {
  /** A namespace in which the admin may try to make ConfigMaps; nothing is made. */
  namespace: string;
  mutating?: boolean;
}

/**
 * Waits until the API server holds requests against every policy that was written before. It takes new
 * ones up once a second, and later when it is busy; a policy says nowhere that it has been. So
 * probes are written after them, and when these are seen to work, so do the others.
 */
export async function policiesInForce(
  admin: OwnClient,
  { namespace, mutating = true }: ProbeOptions,
): Promise<void> {
  const name = freshName('probe');
  const probes = [...refusing(name), ...(mutating ? marking(name) : [])];
  const wanted = mutating ? `${name} marked` : name;
  const tried = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
  await applyAll(admin, probes);
  await eventually('the policies are in force', async () => {
    try {
      await admin.create(configMapType, tried, { dryRun: true });
      return false;
    } catch (error) {
      if (error instanceof KubeApiError) return error.message.includes(wanted);
      throw error;
    }
  });
  await deleteAll(admin, probes);
}

function rulesFor(name: string) {
  return {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: [''],
          apiVersions: ['v1'],
          operations: ['CREATE'],
          resources: ['configmaps'],
          resourceNames: [name],
        },
      ],
    },
  };
}

/** Refuses the probe, with a message that says whether it was marked before. */
function refusing(name: string): KubeObject[] {
  const marked = `has(object.metadata.annotations) && '${seen}' in object.metadata.annotations`;
  const said = `'${name}' + (${marked} ? ' marked' : '')`;
  return [
    {
      apiVersion: v1,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        ...rulesFor(name),
        validations: [{ expression: 'false', messageExpression: said }],
      },
    },
    {
      apiVersion: v1,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}

function marking(name: string): KubeObject[] {
  const expression = `Object{metadata: Object.metadata{annotations: {'${seen}': 'true'}}}`;
  return [
    {
      apiVersion: v1,
      kind: 'MutatingAdmissionPolicy',
      metadata: { name },
      spec: {
        ...rulesFor(name),
        reinvocationPolicy: 'Never',
        mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
      },
    },
    {
      apiVersion: v1,
      kind: 'MutatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name },
    },
  ];
}
