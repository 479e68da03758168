import { describe, expect, test } from 'vitest';
import { stringifyYaml } from '../../base/yaml.ts';
import { substituteObjects, type BuiltObject } from './post-build.ts';
import type { RenderedObject, Substitution } from './render-spec.ts';

function built(data: unknown, metadata: Record<string, unknown> = {}): BuiltObject {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'map', ...metadata },
    data,
  } as RenderedObject;
  const text = stringifyYaml(object);
  return text.includes('$') ? { object, text } : { object };
}

function substitute(object: BuiltObject, substitution: Partial<Substitution> = {}) {
  const all = { variables: { v: 'value' }, strict: true, ...substitution };
  return substituteObjects([object], all)[0];
}

describe('substitution in objects', () => {
  test('replaces anywhere in the text, keys and names too', () => {
    const object = built({ '${v}': 'a ${v}' }, { name: 'map-${v}' });
    expect(substitute(object)).toMatchObject({
      metadata: { name: 'map-value' },
      data: { value: 'a value' },
    });
  });

  test('reads the text again, so that text may become something else', () => {
    const values = { n: '8080', b: 'on', o: '010', f: '1.5', z: '~', i: '9007199254740993' };
    const data = Object.fromEntries(Object.keys(values).map((key) => [`k${key}`, `\${${key}}`]));
    expect(substitute(built(data), { variables: values })?.['data']).toEqual({
      kn: 8080,
      kb: true,
      ko: 8,
      kf: 1.5,
      kz: null,
      ki: 9007199254740993n,
    });
  });

  test('without variables is done only if asked for', () => {
    const object = built({ a: '${v:=default}' });
    expect(substitute(object, { variables: {} })).toBe(object.object);
    expect(substitute(object, { variables: {}, strategy: 'Always' })?.['data']).toEqual({
      a: 'default',
    });
  });

  test.each(['labels', 'annotations'])('is left alone where %s say so', (where) => {
    const key = 'kustomize.toolkit.fluxcd.io/substitute';
    const disabled = built({ a: '${v}' }, { [where]: { [key]: 'disabled' } });
    expect(substitute(disabled)).toBe(disabled.object);
    const shouted = built({ a: '${v}' }, { [where]: { [key]: 'Disabled' } });
    expect(substitute(shouted)?.['data']).toEqual({ a: 'value' });
  });

  test('is empty or an error for what is not set', () => {
    const object = built({ a: 'x${missing}' });
    expect(substitute(object, { strict: false })?.['data']).toEqual({ a: 'x' });
    expect(() => substitute(object)).toThrow(
      expect.objectContaining({
        code: 'substitution-failed',
        message: expect.stringMatching(/^ConfigMap\/map: variable "missing" is not set/) as string,
      }),
    );
  });

  test.each([
    ['an anchor', 'a: &x'],
    ['a bracket', '{ ['],
    ['a tab', '@'],
  ])('names the object, and no value, when %s makes it no YAML', (_what, value) => {
    const variables = { v: `${value} hunter2` };
    expect(() => substitute(built({ a: '${v}' }), { variables })).toThrow(
      expect.objectContaining({
        code: 'substitution-failed',
        message: expect.stringMatching(/^ConfigMap\/map: (?!.*hunter2)/) as string,
      }),
    );
  });

  test('refuses to turn an object into none', () => {
    const nameless = built({}, { name: '${v}' });
    expect(() => substitute(nameless, { variables: { v: '7' } })).toThrow(/ConfigMap/);
    expect(() => substitute(nameless, { variables: { v: '' } })).toThrow(/metadata\.name/);
  });

  test('cannot break out of a value by a newline', () => {
    const variables = { v: 'x\nkind: Secret\n' };
    expect(() => substitute(built({ a: '${v}' }), { variables })).toThrow(/no YAML/);
    expect(substitute(built({ a: '"${v}"' }), { variables })).toMatchObject({ kind: 'ConfigMap' });
  });
});
