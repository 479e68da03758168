const start = '<!-- generated: do not edit below -->';
const end = '<!-- end of generated part -->';

/** `page` with its generated part replaced; appended to a page that has none yet. */
export function replaceGenerated(page: string, generated: string): string {
  const part = `${start}\n\n${generated.trim()}\n\n${end}\n`;
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from === -1 || to < from) return `${page.trimEnd()}\n\n${part}`;
  return page.slice(0, from) + part + page.slice(to + end.length).replace(/^\n/, '');
}
