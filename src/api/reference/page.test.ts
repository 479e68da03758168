import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineKind, type Kind } from '../define-kind.ts';
import { duration, requiredIn, stringMap, withRules } from '../fields.ts';
import { replaceGenerated } from './markers.ts';
import { kindsTable, referenceSection } from './page.ts';

const Widget: Kind<unknown, unknown> = defineKind({
  group: 'example.dev',
  kind: 'Widget',
  plural: 'widgets',
  singular: 'widget',
  shortNames: ['wi'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [{ name: 'v1' }, { name: 'v1beta1', deprecationWarning: 'old' }],
  description: 'A thing.',
  columns: [{ name: 'Size', type: 'string', jsonPath: '.spec.size' }],
  shape: {},
  crdAnnotations: {},
  spec: withRules(
    z.object({
      every: requiredIn(['v1'], duration.describe('How often.'), '1m'),
      mode: z.enum(['a', 'b']).describe('This | that.').default('a'),
      parts: z
        .array(z.object({ name: z.string().min(1).max(9).describe('Its name.') }))
        .describe('What it is made of.')
        .exactOptional(),
      labels: stringMap.describe('Labels.').exactOptional(),
    }),
    [{ rule: 'true', message: 'mode b needs parts', holds: () => true }],
  ),
  status: z.object({ size: z.int().describe('How big.').exactOptional() }),
});

describe('the reference of a kind', () => {
  const lines = referenceSection(Widget).split('\n');

  test.each([
    '| versions | v1; v1beta1 (deprecated) |',
    '| names | `widgets`, `widget`, `wi` |',
    '| `spec.every` | string | **required**; `^([0-9]+(\\.[0-9]+)?(ms\\|s\\|m\\|h))+$` | How often. |',
    '| `spec.mode` | string | `a`, `b`; default `a` | This \\| that. |',
    '| `spec.parts` | list of object |  | What it is made of. |',
    '| `spec.parts[].name` | string | **required**; 1–9 characters | Its name. |',
    '| `spec.labels` | map of string |  | Labels. |',
    '| `status.size` | integer |  | How big. |',
    '- mode b needs parts',
  ])('has the line %s', (line) => {
    expect(lines).toContain(line);
  });

  test('the table of kinds links to it', () => {
    expect(kindsTable([Widget])).toContain(
      '| [Widget](widget.md) | example.dev | v1; v1beta1 (deprecated) | widgets | wi | all | A thing. |',
    );
  });
});

describe('the generated part of a page', () => {
  test('comes after what people wrote, and replacing it changes nothing else', () => {
    const first = replaceGenerated('# Widget\n\nBy hand.\n', 'one');
    expect(first).toMatch(/^# Widget\n\nBy hand\.\n\n<!-- generated.*-->\n\none\n\n<!-- end/);
    const second = replaceGenerated(`${first}\nBelow, by hand.\n`, 'two');
    expect(second).toBe(`${first.replace('one', 'two')}\nBelow, by hand.\n`);
    expect(replaceGenerated(second, 'two')).toBe(second);
  });
});
