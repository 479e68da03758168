import { managedMetadata } from '../../access/namespaces/managed-metadata.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { AdmissionRule } from '../admission-rule.ts';
import { change } from '../verdict.ts';
import type { NamespaceContext } from './context.ts';

/** What a writer may keep of its own where a tenant's namespaces carry managed metadata only. */
const kept = ['kubernetes.io/metadata.name', 'kubectl.kubernetes.io/last-applied-configuration'];

type Strings = Readonly<Record<string, string>>;

/** Puts the tenant's labels and annotations on its namespace, whatever the writer says of them. */
export const putMetadata: AdmissionRule<NamespaceContext> = {
  name: 'namespace-put-metadata',
  check({ object }, { tenantOf }) {
    const tenant = tenantOf(object);
    if (!object || !tenant || isGoing(object)) return undefined;
    const { name, labels = {}, annotations = {} } = object.metadata;
    const managed = managedMetadata(tenant, { name, labels });
    const managedOnly = tenant.spec.namespaceOptions?.managedMetadataOnly === true;
    const own = (values: Strings) =>
      managedOnly
        ? Object.fromEntries(Object.entries(values).filter(([key]) => kept.includes(key)))
        : values;
    const metadata = {
      ...object.metadata,
      labels: { ...own(labels), ...managed.labels },
      annotations: { ...own(annotations), ...managed.annotations },
    };
    return change({ ...object, metadata });
  },
};

const isGoing = ({ metadata }: KubeObject) => metadata.deletionTimestamp !== undefined;
