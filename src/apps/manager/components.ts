/** What one process can run, and the order in which it starts. */
export const components = ['source', 'kustomize', 'tenancy', 'bridge'] as const;
export type Component = (typeof components)[number];

/** What runs unless told otherwise: tenancy and bridge hand out roles, and have accounts of their own. */
export const defaultComponents: readonly Component[] = ['source', 'kustomize'];
