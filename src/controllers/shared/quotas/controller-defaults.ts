/** Events come first; looked at without one only in case one was missed. */
const intervalMs = 10 * 60 * 60_000;
const timeoutMs = 5 * 60_000;

/** What the controllers of all quotas have in common. */
export const quotaController = {
  isSuspended: () => false,
  intervalMs: () => intervalMs,
  timeoutMs: () => timeoutMs,
};

/** Of those that make objects in namespaces, which end with the quota. */
export const quotaFinalizer = 'controller.projectcapsule.dev/finalize';
