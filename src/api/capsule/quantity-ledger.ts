import { z } from 'zod';
import { ageColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { int64, timestamp } from '../fields.ts';
import { reconcileStatus } from '../meta.ts';
import { quantity, resourceList } from '../native/quantity.ts';
import { capsuleGroup } from './group.ts';

const text = (description: string) => z.string().describe(description).exactOptional();

const ObjectRef = z.object({
  apiGroup: text('Group of the object.'),
  apiVersion: z.string().min(1).describe('Version of the object.'),
  kind: z.string().min(1).describe('Kind of the object.'),
  name: text('Name of the object; absent while the API server has not made one.'),
  namespace: text('Namespace of the object.'),
  uid: text('UID of the object.'),
});
const objectRef = ObjectRef.describe('The object it is for.');

const times = {
  createdAt: timestamp.describe('When it was made.'),
  expiresAt: timestamp.describe('When it counts no longer.').exactOptional(),
  updatedAt: timestamp.describe('When it was last changed.'),
};
const id = z.string().min(1).describe('The request it is for, and the quota.');

const QuantityReservation = z.object({
  ...times,
  delta: quantity.describe('What it adds to what is counted.').exactOptional(),
  id,
  objectRef,
  usage: quantity.describe('What the object will use.'),
});

export type QuantityReservation = z.output<typeof QuantityReservation>;

const ResourceReservation = z.object({
  ...times,
  delta: resourceList.describe('What it adds to what is counted.').exactOptional(),
  id,
  objectRef,
  usage: resourceList.describe('What the object will use.').exactOptional(),
});
export type ResourceReservation = z.output<typeof ResourceReservation>;

const PendingDelete = z.object({
  createdAt: timestamp.describe('When it was noticed.'),
  id: text('The request that deletes it.'),
  objectRef,
});

const amounts = (description: string) => resourceList.describe(description).exactOptional();

const ResourceQuotaLedger = z.object({
  allocated: amounts('Used and reserved.'),
  initialized: z
    .boolean()
    .describe('Use has been counted; nothing is admitted before.')
    .exactOptional(),
  namespaces: z.array(z.string()).describe('Namespaces that are counted.').exactOptional(),
  observedGeneration: int64.describe('Generation of the quota it is about.').exactOptional(),
  reservations: z.array(ResourceReservation).describe('Requests on their way.').exactOptional(),
  reserved: amounts('What requests on their way will add.'),
  used: amounts('What is used, as counted.'),
});
export type ResourceQuotaLedger = z.output<typeof ResourceQuotaLedger>;

export type LedgerObjectRef = z.output<typeof ObjectRef>;

const QuantityLedgerStatus = z
  .object({
    conditions: reconcileStatus.conditions,
    allocated: quantity.describe('Used and reserved.').exactOptional(),
    pendingDeletes: z
      .array(PendingDelete)
      .describe('Objects that are being deleted.')
      .exactOptional(),
    reservations: z.array(QuantityReservation).describe('Requests on their way.').exactOptional(),
    reserved: quantity.describe('What requests on their way will add.').exactOptional(),
    resourceQuota: ResourceQuotaLedger.describe('Of a GlobalResourceQuota.').exactOptional(),
  })
  .describe('What is counted, and what is on its way.');
export type QuantityLedgerStatus = z.output<typeof QuantityLedgerStatus>;

/** What requests on their way will add to a quota. Written by the control plane only. */
export const QuantityLedger = defineKind({
  group: capsuleGroup,
  kind: 'QuantityLedger',
  plural: 'quantityledgers',
  singular: 'quantityledger',
  shortNames: ['ql'],
  categories: [],
  scope: 'Namespaced',
  versions: [{ name: 'v1beta2' }],
  description: 'What requests on their way will add to a quota.',
  columns: [
    { name: 'TargetKind', type: 'string', jsonPath: '.spec.targetRef.kind' },
    { name: 'TargetNamespace', type: 'string', jsonPath: '.spec.targetRef.namespace' },
    { name: 'TargetName', type: 'string', jsonPath: '.spec.targetRef.name' },
    { name: 'Reserved', type: 'string', jsonPath: '.status.reserved' },
    ageColumn,
  ],
  shape: {},
  crdAnnotations: {},
  spec: z
    .object({
      targetRef: z
        .object({
          apiGroup: text('Group of the quota.'),
          kind: z.string().min(1).describe('Kind of the quota.'),
          name: z.string().min(1).describe('Name of the quota.'),
          namespace: text('Namespace of the quota.'),
          uid: text('UID of the quota.'),
        })
        .describe('The quota it is about.'),
    })
    .describe('Which quota it is about.'),
  status: QuantityLedgerStatus,
});
export type QuantityLedger = ObjectOf<typeof QuantityLedger>;
