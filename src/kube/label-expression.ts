/** True for the labels (or annotations) that a selector selects. */
export type LabelExpression = (labels: Readonly<Record<string, string>>) => boolean;

const maxLength = 2_000;
const key = String.raw`[A-Za-z0-9](?:[\w./-]{0,316})`;
const value = String.raw`[\w.-]{0,63}`;
const requirement = new RegExp(
  String.raw`^\s*(?:` +
    String.raw`(?<not>!)\s*(?<absent>${key})|` +
    String.raw`(?<set>${key})\s+(?<operator>in|notin)\s*\((?<values>[\w.,\s-]*)\)|` +
    String.raw`(?<left>${key})\s*(?<equality>==|=|!=|<|>)\s*(?<right>${value})|` +
    String.raw`(?<present>${key})` +
    String.raw`)\s*(?:,|$)`,
);

/**
 * A label selector as `kubectl -l` takes it: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`,
 * `a>1`, all of which must hold. Undefined when it is none.
 */
export function parseLabelExpression(text: string): LabelExpression | undefined {
  if (text.length > maxLength || /,\s*$/.test(text)) return undefined;
  const all: LabelExpression[] = [];
  let rest = text;
  while (rest.trim() !== '') {
    const found = requirement.exec(rest);
    const check = found && toCheck(found.groups ?? {});
    if (!check) return undefined;
    all.push(check);
    rest = rest.slice(found[0].length);
  }
  return (labels) => all.every((check) => check(labels));
}

type Groups = Readonly<Record<string, string | undefined>>;

function toCheck(groups: Groups): LabelExpression | undefined {
  const { absent, present, set, left } = groups;
  if (absent !== undefined) return (labels) => !Object.hasOwn(labels, absent);
  if (present !== undefined) return (labels) => Object.hasOwn(labels, present);
  if (set !== undefined) return inSet(set, groups);
  return left === undefined ? undefined : compare(left, groups);
}

function inSet(name: string, { operator, values = '' }: Groups): LabelExpression {
  const among = new Set(values.split(',').map((each) => each.trim()));
  const isIn = (labels: Readonly<Record<string, string>>) =>
    Object.hasOwn(labels, name) && among.has(labels[name] ?? '');
  return operator === 'in' ? isIn : (labels) => !isIn(labels);
}

function compare(name: string, { equality, right = '' }: Groups): LabelExpression | undefined {
  const of = (labels: Readonly<Record<string, string>>) =>
    Object.hasOwn(labels, name) ? labels[name] : undefined;
  if (equality === '!=') return (labels) => of(labels) !== right;
  if (equality !== '<' && equality !== '>') return (labels) => of(labels) === right;
  if (!/^-?\d+$/.test(right)) return undefined;
  return (labels) => {
    const has = of(labels);
    if (has === undefined || !/^-?\d+$/.test(has)) return false;
    return equality === '<' ? Number(has) < Number(right) : Number(has) > Number(right);
  };
}
