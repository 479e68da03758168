/** Source of Events of tenancy, as Capsule's Events have it. */
export const capsuleEventSource = 'controller.projectcapsule.dev';
