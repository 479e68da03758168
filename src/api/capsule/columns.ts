import { ageColumn, readyColumn, statusColumn } from '../columns.ts';
import type { PrinterColumn } from '../define-kind.ts';

/** What `kubectl get tenants` shows. */
export const tenantColumns: readonly PrinterColumn[] = [
  { name: 'State', type: 'string', jsonPath: '.status.conditions[?(@.type=="Cordoned")].reason' },
  { name: 'Namespace quota', type: 'integer', jsonPath: '.spec.namespaceOptions.quota' },
  { name: 'Namespace count', type: 'integer', jsonPath: '.status.size' },
  { name: 'Node selector', type: 'string', jsonPath: '.spec.nodeSelector' },
  readyColumn,
  statusColumn,
  ageColumn,
];

/** The same for the kinds that only become ready. */
export const readinessColumns: readonly PrinterColumn[] = [readyColumn, statusColumn, ageColumn];

/** What `kubectl get globaltenantresources` shows. */
export const replicationColumns: readonly PrinterColumn[] = [
  { name: 'Items', type: 'integer', jsonPath: '.status.size' },
  ...readinessColumns,
];
