/** What a remote cluster does that answers 401, after its name: whoever named it can change that. */
export const refusedCredentials = 'does not accept the credentials: renew them';
