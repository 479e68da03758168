import {
  forceAnnotation,
  pruneAnnotation,
  reconcileAnnotation,
  ssaAnnotation,
} from '../../../api/annotations.ts';
import type { ObjectMeta } from '../../../kube/object.ts';

/**
 * What an object asks of its Kustomization, by annotation or label on the object in Git or in the
 * cluster.
 */
export interface Marks {
  /** `ssa`: how it is applied. `ignore` and `reconcile: disabled` both mean: not at all. */
  apply: 'override' | 'merge' | 'ifNotPresent' | 'never';
  /** False by `prune: disabled` or `reconcile: disabled`: left alone when it leaves Git. */
  prune: boolean;
  /** True by `force: enabled`: recreated when a change is immutable. */
  force: boolean;
}

const applyModes: Readonly<Record<string, Marks['apply']>> = {
  merge: 'merge',
  ifnotpresent: 'ifNotPresent',
  ignore: 'never',
};

/** Reads the marks of an object. Values are compared without case, as upstream does. */
export function readMarks(meta: Pick<ObjectMeta, 'labels' | 'annotations'>): Marks {
  const is = (key: string, value: string) =>
    [meta.annotations, meta.labels].some((map) => map?.[key]?.toLowerCase() === value);
  const disabled = is(reconcileAnnotation, 'disabled');
  const mode = Object.keys(applyModes).find((value) => is(ssaAnnotation, value));
  return {
    apply: disabled ? 'never' : (applyModes[mode ?? ''] ?? 'override'),
    prune: !disabled && !is(pruneAnnotation, 'disabled'),
    force: is(forceAnnotation, 'enabled'),
  };
}
