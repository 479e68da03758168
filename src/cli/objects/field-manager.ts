/** Name under which commands write: what people asked for, as opposed to what Git says. */
export const fieldManager = 'tenantry-cli';
