import type { KustomizationSpec } from '../../../api/kustomize/kustomization.ts';
import { refOf } from '../../../api/kustomize/inventory.ts';
import type { Selector } from '../../../api/patch.ts';
import { Reason } from '../../../api/reasons.ts';
import { stalled } from '../../../base/errors.ts';
import { linearRegExp, type LinearRegExp } from '../../../base/linear-regexp.ts';
import { parseJsonPointer, type JsonPointer } from '../../../kube/json-pointer.ts';
import { parseLabelExpression, type LabelExpression } from '../../../kube/label-expression.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** The fields of an object that `spec.ignore` leaves to others. */
export type IgnoreRules = (object: KubeObject) => readonly JsonPointer[];

type Test = (object: KubeObject) => boolean;

const maxRules = 100;
const maxPaths = 200;
/** Of all expressions together: every object is matched against all of them. */
const maxCost = 1_000;
/** What of `metadata` may be left to others; the rest says which object it is. */
const looseMetadata = ['annotations', 'labels', 'finalizers', 'ownerReferences'];
const none: readonly JsonPointer[] = [];

/** Reads `spec.ignore`. Throws `stalled` for what cannot be followed, naming the entry. */
export function readIgnoreRules(ignore: KustomizationSpec['ignore'] = []): IgnoreRules {
  const paths = ignore.reduce((count, rule) => count + rule.paths.length, 0);
  if (ignore.length > maxRules || paths > maxPaths) {
    throw invalid(`spec.ignore: at most ${maxRules} rules with ${maxPaths} paths in all`);
  }
  const compile = compiler();
  const rules = ignore.map(({ paths, target = {} }, index) => {
    const at = `spec.ignore[${index}]`;
    return {
      pointers: paths.map((path, position) => readPath(path, `${at}.paths[${position}]`)),
      isAbout: readTarget(target, `${at}.target`, compile),
    };
  });
  if (rules.length === 0) return () => none;
  return (object) =>
    rules.filter(({ isAbout }) => isAbout(object)).flatMap(({ pointers }) => pointers);
}

function readPath(path: string, at: string): JsonPointer {
  const pointer = parseJsonPointer(path);
  if (!pointer) {
    throw invalid(
      `${at} is no JSON pointer: write '/spec/replicas', with '~1' for a '/' and '~0' for a '~' in a name`,
    );
  }
  const [top, second] = pointer;
  const isLoose = top === 'metadata' && second !== undefined && looseMetadata.includes(second);
  if (top === undefined || ((top === 'metadata' || isTypeMeta(top)) && !isLoose)) {
    throw invalid(
      `${at} is about what identifies an object: of metadata only ${looseMetadata.join(', ')} can be ignored`,
    );
  }
  return pointer;
}

const isTypeMeta = (field: string) => field === 'apiVersion' || field === 'kind';

type Compile = (pattern: string) => LinearRegExp | undefined;

/** Compiles each pattern once, and as many as can be matched against every object of a build. */
function compiler(): Compile {
  const compiled = new Map<string, LinearRegExp | undefined>();
  let cost = 0;
  return (pattern) => {
    if (compiled.has(pattern)) return compiled.get(pattern);
    const expression = linearRegExp(pattern);
    compiled.set(pattern, expression);
    cost += expression?.cost ?? 0;
    if (cost <= maxCost) return expression;
    throw invalid(
      `spec.ignore: its regular expressions are too long in all: name kinds as 'Deployment|StatefulSet', which costs nothing, and leave out counts of repetition`,
    );
  };
}

function readTarget(target: Selector, at: string, compile: Compile): Test {
  const { labelSelector, annotationSelector, ...patterns } = target;
  const tests: Test[] = [];
  for (const field of identity) {
    const pattern = patterns[field];
    if (!pattern) continue;
    const expression = compile(pattern);
    if (!expression) {
      throw invalid(
        `${at}.${field} is no regular expression that can be matched in linear time: no look-around, no back-references, few repetitions, at most 500 characters`,
      );
    }
    tests.push((object) => expression.test(refOf(object)[field]));
  }
  if (labelSelector) {
    const selects = readSelector(labelSelector, `${at}.labelSelector`);
    tests.push(({ metadata }) => selects(metadata.labels ?? {}));
  }
  if (annotationSelector) {
    const selects = readSelector(annotationSelector, `${at}.annotationSelector`);
    tests.push(({ metadata }) => selects(metadata.annotations ?? {}));
  }
  return (object) => tests.every((test) => test(object));
}

const identity = ['group', 'version', 'kind', 'name', 'namespace'] as const;

function readSelector(text: string, at: string): LabelExpression {
  const selector = parseLabelExpression(text);
  if (!selector) throw invalid(`${at} is no label selector: write 'app=web' or 'tier in (a,b)'`);
  return selector;
}

const invalid = (message: string) => stalled(Reason.InvalidSpec, message);
