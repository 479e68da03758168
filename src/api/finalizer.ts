/** Keeps an object until what it owns (artifacts, applied objects) is cleaned up. */
export const finalizer = 'finalizers.fluxcd.io';
