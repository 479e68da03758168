/** The one object that a fieldSelector names by `metadata.name`, as the API server's authorizer has it. */
export function selectedName(fieldSelector: string | null): string | undefined {
  for (const term of (fieldSelector ?? '').match(/(?:\\.|[^,\\])+/gs) ?? []) {
    const value = /^metadata\.name={1,2}((?:\\.|[^=\\])*)$/s.exec(term)?.[1];
    const name = value?.replaceAll(/\\(.)/gs, '$1');
    if (name && name !== '.' && name !== '..' && !/[/%]/.test(name)) return name;
  }
  return undefined;
}
