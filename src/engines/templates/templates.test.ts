import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineBuildMs, startPool } from '../render/__fixtures__/engine.ts';
import type { RenderPool } from '../render/render-pool.ts';
import { describeTemplateFault } from './template-fault.ts';
import { createTemplates, type Template, type Templates } from './templates.ts';

let pool: RenderPool;
let templates: Templates;
beforeAll(async () => {
  pool = await startPool();
  templates = createTemplates(pool);
}, engineBuildMs);
afterAll(() => pool.close());

const tenant = 'oil';

async function execute(
  source: string,
  values: Record<string, unknown> = {},
  missingKey: Template['missingKey'] = 'zero',
): Promise<string> {
  const [result] = await templates.execute({ source, missingKey }, [values], { tenant });
  if (!result) return 'nothing';
  return 'text' in result ? result.text : `FAULT ${describeTemplateFault(result.fault)}`;
}

describe('a template', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['name: {{ .tenant.metadata.name }}', { tenant: { metadata: { name: 'oil' } } }, 'name: oil'],
    ['{{ range $i := until 3 }}{{ $i }},{{ end }}', {}, '0,1,2,'],
    ['{{ .a | upper | quote }}', { a: 'x' }, '"X"'],
    ['{{ .n }} {{ add .n 1 }}', { n: 5000000 }, '5000000 5000001'],
    ['{{ keys .m | join "," }}', { m: { b: 1, a: 2, c: 3 } }, 'a,b,c'],
    ['{{ (fromYaml "a: 7").a }}', {}, '7'],
    ['{{ toYaml .m }}', { m: { b: [1] } }, 'b:\n- 1'],
    ['{{ (index .items 0).metadata.name }}', { items: [{ metadata: { name: 'x' } }] }, 'x'],
    ['{{ date "2006-01-02" 0 }}', {}, '1970-01-01'],
    ['{{ "hello" | b64enc }}', {}, 'aGVsbG8='],
  ])('%s', async (source, values, text) => {
    expect(await execute(source, values)).toBe(text);
  });

  it('makes an UUID of its parts, always the same', async () => {
    const made = await execute('{{ deterministicUUID "a" " b" }}');
    expect(made).toMatch(/^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$/);
    expect(await execute('{{ deterministicUUID "a" "b" }} ')).toBe(`${made} `);
  });

  it('of a name that is not there gives what missingKey says', async () => {
    expect(await execute('{{ .none }}', {}, 'invalid')).toBe('<no value>');
    expect(await execute('{{ .m.none }}', { m: {} }, 'error')).toBe(
      'FAULT line 1: it fails: <.m.none>: map has no entry for key "none"',
    );
  });

  it('that does not parse is told with its line', async () => {
    expect(await execute('a\n{{ if }}')).toMatch(/^FAULT line 2: it is no template: missing value/);
    expect(await execute('{{ lookup "v1" "Secret" }}')).toContain('function "lookup" not defined');
  });
});

describe('what is given is the same each time, and comes from nowhere else', () => {
  it.each([
    ['{{ now }}', 'another value each time'],
    ['{{ randAlphaNum 8 }}', 'another value each time'],
    ['{{ uuidv4 }}', 'another value each time'],
    ['{{ genCA "x" 1 }}', 'another value each time'],
    ['{{ date "2006" "today" }}', 'a date is a time'],
    ['{{ env "PATH" }}', 'beyond what a template is given'],
    ['{{ expandenv "$PATH" }}', 'beyond what a template is given'],
    ['{{ getHostByName "localhost" }}', 'beyond what a template is given'],
    ['{{ derivePassword 1 "long" "a" "b" "c" }}', 'made to take long'],
  ])('%s', async (source, why) => {
    expect(await execute(source)).toContain(why);
  });
});

describe('a hostile template', () => {
  it.each([
    ['{{ repeat 2000000000 "x" }}', 'at most 100000'],
    ['{{ range until 2000000000 }}x{{ end }}', 'at most 100000'],
    ['{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', 'it fails'],
    ['{{ range until 100000 }}0123456789012345678901234567890{{ end }}', 'more text than allowed'],
    ['{{ indent -1 "x" }}', 'at most'],
    ['{{ .a.b.c.d }}', 'it fails'],
  ])('%s', async (source, why) => {
    expect(await execute(source)).toContain(why);
  });

  it('that does not end is stopped, and hurts nobody else', async () => {
    const endless = execute('{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}');
    expect(await execute('{{ .a }}', { a: 'b' })).toBe('b');
    expect(await endless).toContain('took too long');
  }, 30_000);

  it('that takes all memory is stopped', async () => {
    const doubling = '{{ $x := "0123456789" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}';
    expect(await execute(doubling)).toContain('too much memory');
    expect(await execute('{{ .a }}', { a: 'c' })).toBe('c');
  }, 30_000);
});

it('no value a template was given is in what is told of its failure', async () => {
  const values = { secret: 'hunter2' };
  for (const source of [
    '{{ fail .secret }}',
    '{{ index .secret 99 }}',
    '{{ .secret | mustToDate "2006" }}',
    '{{ mustRegexMatch .secret "a" }}{{ mustFromJson .secret }}',
    '{{ template .secret }}',
  ]) {
    const told = await execute(source, values);
    expect(told).toContain('FAULT');
    expect(told).not.toContain('hunter2');
  }
});

it('asks an engine once for the same, whoever asks, and for many at a time', async () => {
  const asked: number[] = [];
  const counted = createTemplates({
    request: (request) => {
      asked.push(request.attachments?.length ?? 0);
      return pool.request(request);
    },
  });
  const template = { source: '{{ .n }}', missingKey: 'zero' } as const;
  const values = Array.from({ length: 150 }, (_, n) => ({ n: n % 120 }));
  for (let round = 0; round < 2; round++) {
    const results = await counted.execute(template, values, { tenant: `t${round}` });
    expect(results.map((result) => 'text' in result && result.text)).toEqual(
      values.map(({ n }) => String(n)),
    );
  }
  expect(asked).toEqual([100, 20]);
});
