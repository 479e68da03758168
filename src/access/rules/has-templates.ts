/** Whether text anywhere in a value is a template. */
export function hasTemplates(value: unknown): boolean {
  return JSON.stringify(value ?? null).includes('{{');
}
