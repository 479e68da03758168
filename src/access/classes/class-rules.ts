import type { AllowedValues } from '../../api/capsule/namespace-policies.ts';
import { isListed, isListedCel } from '../policy/allowed.ts';
import type { Rule } from '../policy/rule.ts';

/** Which classes an object names, and what the tenant allows. */
export interface ClassFacts {
  isUpdate: boolean;
  /** Those it names; in more than one place, more than one. */
  asked: readonly string[];
  /** Those it named before: what is stored already is left alone. */
  before: readonly string[];
  /** The allow-list; absent where the tenant has none. */
  allowed: AllowedValues | undefined;
}

/** What a kind of class is called, and where the expressions find {@link ClassFacts}. */
export interface ClassRule<Facts> {
  kind: string;
  /** Field of the parameters' `policies`. */
  field: string;
  /** Names of the variables with the lists. */
  asked: string;
  before: string;
  of(facts: Facts): ClassFacts;
}

/** A class that an object names is one that the tenant allows. */
export function classAllowed<Facts>(rule: ClassRule<Facts>): Rule<Facts> {
  const { kind, field, asked, before, of } = rule;
  const list = `params.policies.${field}`;
  const isFine = `c in variables.${before} || ${isListedCel(list, 'c')}`;
  const firstBad = `variables.${asked}.filter(c, !(${isFine}))[0]`;
  return {
    name: `${kind.toLowerCase()}-allowed`,
    cel: `!has(${list}) || variables.${asked}.all(c, ${isFine})`,
    holds: (facts) => badClass(of(facts)) === undefined,
    message: `this ${kind} is not allowed in the namespaces of the tenant`,
    remedy: `allow the ${kind} in the Tenant, by its name or by a label that it selects`,
    messageCel:
      `'${kind} \\'' + ${firstBad} + '\\' is not allowed in the namespaces of the tenant; ` +
      `allowed: ' + ${list}.choices`,
    explain(facts) {
      const { allowed } = of(facts);
      const bad = badClass(of(facts)) ?? '';
      return `${kind} '${bad}' is not allowed in the namespaces of the tenant; allowed: ${allowed?.choices ?? ''}`;
    },
  };
}

function badClass({ asked, before, allowed }: ClassFacts): string | undefined {
  return allowed && asked.find((each) => !before.includes(each) && !isListed(allowed, each));
}

/** Where the tenant has an allow-list, an object names a class. */
export function classNamed<Facts>(rule: ClassRule<Facts>): Rule<Facts> {
  const { kind, field, asked, before, of } = rule;
  const list = `params.policies.${field}`;
  const article = /^[AEIOU]/.test(kind) ? 'an' : 'a';
  const message = `${article} ${kind} must be named in the namespaces of the tenant`;
  return {
    name: `${kind.toLowerCase()}-named`,
    cel:
      `!has(${list}) || size(variables.${asked}) > 0 || ` +
      `(request.operation == 'UPDATE' && size(variables.${before}) == 0)`,
    holds(facts) {
      const { isUpdate, asked: named, before: known, allowed } = of(facts);
      return !allowed || named.length > 0 || (isUpdate && known.length === 0);
    },
    message,
    remedy: `name ${article} ${kind}, or set a default for them in the Tenant`,
    messageCel: `'${message}; allowed: ' + ${list}.choices`,
    explain: (facts) => `${message}; allowed: ${of(facts).allowed?.choices ?? ''}`,
  };
}
