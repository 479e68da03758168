/** What one process can run, and the order in which it starts. */
export const components = ['source', 'kustomize'] as const;
export type Component = (typeof components)[number];
