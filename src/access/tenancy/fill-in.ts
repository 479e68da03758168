/** What the tokens of a text stand for. */
export interface TokenValues {
  tenant: string;
  namespace: string;
}

const token = /\{\{\s*(tenant\.name|namespace)\s*\}\}/g;

/** `text` with `{{tenant.name}}` and `{{namespace}}` filled in; nothing else is replaced. */
export function fillIn(text: string, { tenant, namespace }: TokenValues): string {
  return text.replaceAll(token, (_, name: string) => (name === 'namespace' ? namespace : tenant));
}
