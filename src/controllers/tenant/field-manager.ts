/** Field manager of everything that is managed for tenants. */
export const fieldManager = 'projectcapsule.dev/tenant';
