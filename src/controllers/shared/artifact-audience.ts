/**
 * The audience of tokens that open artifacts, and nothing else: a token for it is worthless at the
 * API server, and the API server's own tokens are worthless here.
 */
export const artifactAudience = 'artifacts.tenantry.dev';
