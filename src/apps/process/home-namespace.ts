/** The namespace the process runs in. */
export const homeNamespace = process.env['RUNTIME_NAMESPACE'] ?? 'flux-system';
