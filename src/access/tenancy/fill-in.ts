/** What the tokens of a text stand for. */
export interface TokenValues {
  tenant: string;
  namespace: string;
}

/** `text` with `{{tenant.name}}` and `{{namespace}}` filled in; nothing else is replaced. */
export function fillIn(text: string, { tenant, namespace }: TokenValues): string {
  return text.replaceAll(/\{\{\s*(tenant\.name|namespace)\s*\}\}/g, (_, token: string) =>
    token === 'namespace' ? namespace : tenant,
  );
}
