/** API group of the tenancy kinds, as Capsule serves them. */
export const capsuleGroup = 'capsule.clastix.io';
