import * as fc from 'fast-check';
import type { KubeObject } from '../../../kube/object.ts';
import { hosts, imageNames, keys, schedulerNames, values } from './rule-lists.ts';

/** Objects that the API server takes, with everything filled in that it would fill in. */

const amountsOf = fc.record(
  { cpu: fc.constantFrom('100m', '250m', '1'), memory: fc.constantFrom('64Mi', '1Gi', '1500M') },
  { requiredKeys: [] },
);
/** No limit is below its request, and none is without one. */
const containerResources = fc
  .tuple(amountsOf, fc.boolean(), fc.boolean())
  .map(([requests, hasLimits, isEqual]) => ({
    requests,
    ...(hasLimits && {
      limits: Object.fromEntries(
        Object.entries(requests).map(([name, amount]) => [
          name,
          isEqual ? amount : name === 'cpu' ? '4' : '4Gi',
        ]),
      ),
    }),
  }));
const container = (name: string) =>
  fc.record({
    name: fc.constant(name),
    image: fc.constantFrom(...imageNames),
    imagePullPolicy: fc.constantFrom('Always', 'IfNotPresent', 'Never'),
    resources: containerResources,
  });

const object = (apiVersion: string, kind: string, rest: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'case' },
  ...rest,
});

const pod = fc
  .record(
    {
      containers: fc
        .tuple(container('a'), container('b'))
        .chain((all) => fc.constantFrom(all, all.slice(0, 1))),
      initContainers: fc.tuple(container('i')),
      schedulerName: fc.constantFrom(...schedulerNames),
      volumes: fc
        .record({
          reference: fc.constantFrom(...imageNames),
          pullPolicy: fc.constantFrom('Always', 'Never'),
        })
        .map((image) => [{ name: 'v', image }]),
    },
    { requiredKeys: ['containers', 'schedulerName'] },
  )
  .map((spec) => object('v1', 'Pod', { spec: { automountServiceAccountToken: false, ...spec } }));

const port = fc.constantFrom(31000, 31050, 31200);
const service = fc
  .oneof(
    fc.constant({ type: 'ClusterIP', ports: [{ port: 80 }] }),
    port.map((nodePort) => ({ type: 'NodePort', ports: [{ port: 80, nodePort }] })),
    fc
      .record(
        {
          loadBalancerIP: fc.constantFrom(
            '10.1.2.3',
            '10.200.0.1',
            '192.0.2.7',
            '2001:db8::1',
            'junk',
            '010.1.2.3',
          ),
          loadBalancerSourceRanges: fc.subarray(['10.1.2.0/24', '10.0.0.0/7', '192.0.2.7/32'], {
            minLength: 1,
          }),
          allocateLoadBalancerNodePorts: fc.boolean(),
        },
        { requiredKeys: ['allocateLoadBalancerNodePorts'] },
      )
      .chain((spec) =>
        port.map((nodePort) => ({
          type: 'LoadBalancer',
          ports: [{ port: 80, ...(spec.allocateLoadBalancerNodePorts && { nodePort }) }],
          ...spec,
        })),
      ),
    fc
      .constantFrom(...hosts.filter((host) => !host.startsWith('*')))
      .map((externalName) => ({ type: 'ExternalName', externalName })),
  )
  .map((spec) => object('v1', 'Service', { spec }));

const backend = { service: { name: 'x', port: { number: 80 } } };
const paths = { http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } };
const ingressObject = fc
  .record(
    {
      isForAll: fc.constantFrom(true, false, false, false),
      rules: fc.array(
        fc.constantFrom('', ...hosts).map((host) => ({ ...(host !== '' && { host }), ...paths })),
        { minLength: 1, maxLength: 2 },
      ),
      tls: fc.array(
        fc.subarray(hosts, { maxLength: 2 }).map((names) => ({ hosts: names, secretName: 's' })),
        { maxLength: 2 },
      ),
    },
    { requiredKeys: ['rules', 'isForAll'] },
  )
  .map(({ isForAll, ...spec }) =>
    object('networking.k8s.io/v1', 'Ingress', {
      spec: { ...spec, ...(isForAll && { defaultBackend: backend }) },
    }),
  );

const labels = fc.dictionary(
  fc.constantFrom(...keys),
  fc.constantFrom('', ...values.filter((value) => value !== 'ä')),
  { maxKeys: 3 },
);
const annotations = fc.dictionary(
  fc.constantFrom(...keys),
  fc.constantFrom('', ...values, 'a\nb'),
  {
    maxKeys: 3,
  },
);
const plain = fc.constantFrom(
  object('v1', 'ConfigMap', {}),
  object('v1', 'Secret', { type: 'Opaque' }),
);

/** An object with metadata of any kind. */
export const objects: fc.Arbitrary<KubeObject> = fc
  .tuple(
    fc.oneof({ weight: 3, arbitrary: pod }, { weight: 2, arbitrary: service }, ingressObject, {
      weight: 2,
      arbitrary: plain,
    }),
    labels,
    annotations,
  )
  .map(([each, ofLabels, ofAnnotations]) => ({
    ...each,
    metadata: { ...each.metadata, labels: ofLabels, annotations: ofAnnotations },
  }));
