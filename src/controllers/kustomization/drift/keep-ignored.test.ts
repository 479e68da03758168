import { describe, expect, it } from 'vitest';
import { parseJsonPointer } from '../../../kube/json-pointer.ts';
import type { JsonValue, KubeObject, ManagedFieldsEntry } from '../../../kube/object.ts';
import { keepIgnored, withoutIgnored } from './keep-ignored.ts';

const manager = 'us';
const entry = (
  name: string,
  fieldsV1: JsonValue,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry => ({ manager: name, operation: 'Apply', time: 't', fieldsV1, ...more });

interface Shape {
  annotations?: Record<string, string>;
  spec?: unknown;
  managedFields?: ManagedFieldsEntry[];
}
const object = ({ spec, ...metadata }: Shape): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...metadata },
  ...(spec === undefined ? {} : { spec }),
});
const pointers = (...texts: string[]) => texts.map((text) => parseJsonPointer(text)!);
const keep = (wanted: Shape, live: Shape, ...paths: string[]) => {
  const { metadata, spec } = keepIgnored(object(wanted), object(live), {
    ignored: pointers(...paths),
    manager,
  }) as KubeObject & { spec?: unknown };
  return { spec, annotations: metadata.annotations };
};
const replicas = { 'f:spec': { 'f:replicas': {} } };

describe('a field', () => {
  it.each([
    ['that nobody else applies is kept', { replicas: 2 }, [entry('us', replicas)], { replicas: 5 }],
    [
      'that somebody updated is kept',
      { replicas: 2 },
      [entry('hpa', replicas, { operation: 'Update' })],
      { replicas: 5 },
    ],
    ['that somebody else applies is left out', { replicas: 2 }, [entry('hpa', replicas)], {}],
    [
      'that somebody else applies by a subresource is kept',
      { replicas: 2 },
      [entry('hpa', replicas, { subresource: 'scale' })],
      { replicas: 5 },
    ],
    ['that left Git and is ours is kept', {}, [entry('us', replicas)], { replicas: 5 }],
    [
      'that left Git and is ours too is left to the other',
      {},
      [entry('us', replicas), entry('hpa', replicas)],
      {},
    ],
    ['that is not in Git and not ours is left alone', {}, [], {}],
  ])('%s', (_, wanted, managedFields, expected) => {
    const live = { spec: { replicas: 5 }, managedFields };
    expect(keep({ spec: wanted }, live, '/spec/replicas').spec).toEqual(expected);
  });

  it('that somebody removed is not made again', () => {
    const wanted = { spec: { replicas: 2, paused: true } };
    expect(keep(wanted, { spec: {} }, '/spec/replicas').spec).toEqual({ paused: true });
  });

  it('that is nowhere changes nothing', () => {
    const wanted = { spec: { replicas: 2 } };
    const paths = ['/spec/absent/deeper', '/spec/replicas/0', '/spec/toString', '/none'];
    expect(keep(wanted, { spec: { replicas: 5 } }, ...paths).spec).toEqual({ replicas: 2 });
  });

  it('with a slash or a tilde in its name is found', () => {
    const wanted = { annotations: { 'a/b': '1', 'c~d': '1', e: '1' } };
    const live = { annotations: { 'a/b': '2', 'c~d': '2', e: '2' } };
    const paths = ['/metadata/annotations/a~1b', '/metadata/annotations/c~0d'];
    expect(keep(wanted, live, ...paths).annotations).toEqual({ 'a/b': '2', 'c~d': '2', e: '1' });
  });

  it('named __proto__ stays a field', () => {
    const of = (value: string) => JSON.parse(`{"__proto__":"${value}"}`) as Record<string, string>;
    const { annotations } = keep({ annotations: of('1') }, { annotations: of('2') }, '/metadata/annotations/__proto__'); // prettier-ignore
    expect(Object.entries(annotations ?? {})).toEqual([['__proto__', '2']]);
  });

  it('is never written into what was rendered', () => {
    const wanted = object({ spec: { replicas: 2 } });
    keepIgnored(wanted, object({ spec: { replicas: 5 } }), {
      ignored: pointers('/spec/replicas'),
      manager,
    });
    expect(wanted).toEqual(object({ spec: { replicas: 2 } }));
  });
});

it('whose an object is stays in it, whatever is ignored of its labels', () => {
  const owner = {
    'kustomize.toolkit.fluxcd.io/name': 'apps',
    'kustomize.toolkit.fluxcd.io/namespace': 'team',
  };
  const of = (labels: Record<string, string>): KubeObject => {
    const { metadata, ...rest } = object({});
    return { ...rest, metadata: { ...metadata, labels } };
  };
  const wanted = of({ ...owner, app: 'git' });
  const paths = ['/metadata/labels', '/metadata/labels/kustomize.toolkit.fluxcd.io~1name'];
  for (const live of [of({ app: 'theirs' }), of({ ...owner, app: 'theirs' })]) {
    const kept = keepIgnored(wanted, live, { ignored: pointers(...paths), manager });
    expect(kept.metadata.labels).toEqual({ ...owner, app: 'theirs' });
  }
});

describe('a whole', () => {
  const requests = { 'f:spec': { 'f:resources': { 'f:requests': {} } } };

  it('of which others apply a part keeps the rest', () => {
    const wanted = { spec: { resources: { limits: 1, requests: 1 } } };
    const live = {
      spec: { resources: { limits: 2, requests: 2 } },
      managedFields: [entry('vpa', requests)],
    };
    expect(keep(wanted, live, '/spec/resources').spec).toEqual({ resources: { limits: 2 } });
  });

  it('of elements keeps those that are not applied by others alone', () => {
    const key = (name: string) => `k:{"name":"${name}"}`;
    const own = { 'f:spec': { 'f:list': { [key('a')]: { 'f:x': {} } } } };
    const other = {
      'f:spec': { 'f:list': { [key('a')]: { 'f:y': {} }, [key('b')]: { '.': {}, 'f:x': {} } } },
    };
    const live = {
      spec: { list: [{ name: 'b', x: 1 }, { name: 'a', x: 2 }] }, // prettier-ignore
      managedFields: [entry('us', own), entry('mesh', other)],
    };
    const wanted = { spec: { list: [{ name: 'a', x: 1 }] } };
    expect(keep(wanted, live, '/spec/list').spec).toEqual({ list: [{ name: 'a', x: 2 }] });
  });
});

describe('an element of a list', () => {
  const fields = {
    'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:name': {}, 'f:image': {} } } },
  };
  const wanted = { spec: { containers: [{ name: 'web', image: '1' }] } };
  const live = {
    spec: { containers: [{ name: 'mesh', image: 'm' }, { name: 'web', image: '2' }] }, // prettier-ignore
  };

  it('is the one of the same keys, wherever it is', () => {
    const managedFields = [entry('us', fields)];
    const kept = keep(wanted, { ...live, managedFields }, '/spec/containers/0/image');
    expect(kept.spec).toEqual({ containers: [{ name: 'web', image: '2' }] });
  });

  it('of a list without keys is the one of that index', () => {
    const kept = keep(wanted, live, '/spec/containers/0/image');
    expect(kept.spec).toEqual({ containers: [{ name: 'web', image: 'm' }] });
  });

  it.each(['/spec/containers/1/image', '/spec/containers/-/image', '/spec/containers/name'])(
    'that Git has not is left alone: %s',
    (path) => {
      expect(keep(wanted, live, path).spec).toEqual(wanted.spec);
    },
  );

  it('is known by the keys that the manifest writes, as others are defaulted', () => {
    const ports = {
      'f:spec': { 'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { 'f:targetPort': {} } } },
    };
    const kept = keep(
      { spec: { ports: [{ port: 80, targetPort: 1 }] } },
      {
        spec: { ports: [{ port: 81, protocol: 'TCP' }, { port: 80, protocol: 'TCP', targetPort: 2 }] }, // prettier-ignore
        managedFields: [entry('us', ports)],
      },
      '/spec/ports/0/targetPort',
    );
    expect(kept.spec).toEqual({ ports: [{ port: 80, targetPort: 2 }] });
  });
});

describe('what counts as drift', () => {
  const rest = { 'f:metadata': { 'f:labels': { 'f:a': {} } } };
  const seen = (managedFields: ManagedFieldsEntry[], times = true) =>
    withoutIgnored(object({}), object({ spec: { replicas: 5 }, managedFields }), {
      ignored: pointers('/spec/replicas'),
      times,
    }).metadata.managedFields;

  it('is the same whether an ignored field is ours or was taken', () => {
    expect(seen([entry('us', { ...rest, ...replicas })])).toEqual([entry('us', rest)]);
    expect(seen([entry('us', rest)])).toEqual([entry('us', rest)]);
  });

  it('is nothing of who wrote to nothing else', () => {
    expect(seen([entry('kubectl', replicas)])).toEqual([]);
    expect(seen([entry('kubectl', { ...replicas, ...rest })])).toEqual([entry('kubectl', rest)]);
  });

  it('has no times, if that is asked', () => {
    expect(seen([entry('us', rest)], false)?.[0]).not.toHaveProperty('time');
  });
});
