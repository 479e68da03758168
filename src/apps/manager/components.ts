/** What one process can run, and the order in which it starts. */
export const components = ['source', 'kustomize', 'tenancy'] as const;
export type Component = (typeof components)[number];

/** What runs unless told otherwise: tenancy hands out roles, and has an account of its own. */
export const defaultComponents: readonly Component[] = ['source', 'kustomize'];
