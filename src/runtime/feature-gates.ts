/** What Flux calls a feature gate: a behaviour the admin switches for the whole process. */
export interface FeatureGate {
  /** As upstream has it. */
  default: boolean;
  /** What it does here, for the page about flags. */
  here: string;
}

const noCache = 'Nothing: it is about a cache that is not kept.';

/** Every gate of the controllers whose work this program does, under Flux's names and defaults. */
export const featureGates = {
  AdditiveCELDependencyCheck: {
    default: false,
    here: 'A `readyExpr` of `dependsOn` is asked besides the built-in check, not instead of it.',
  },
  CacheSecretsAndConfigMaps: { default: false, here: `${noCache} Secrets are never cached.` },
  CancelHealthCheckOnNewRevision: {
    default: false,
    here: 'Nothing: a new revision always ends the wait for the health of an old one.',
  },
  DirectSourceFetch: {
    default: false,
    here: 'Sources are read from the API server at every run rather than from the cache.',
  },
  DisableConfigWatchers: {
    default: false,
    here: 'ConfigMaps and Secrets that are referred to are not watched: their changes count at the interval.',
  },
  DisableFailFastBehavior: {
    default: false,
    here: 'A health check goes on until its timeout although an object failed for good.',
  },
  DisableStatusPollerCache: { default: true, here: `${noCache} Health is watched, not polled.` },
  ExternalArtifact: {
    default: false,
    here: 'Nothing yet: sources of that kind are not among the components.',
  },
  GroupChangeLog: {
    default: false,
    here: 'The log line about applied objects names them by kind and action, in fewer fields.',
  },
  MigrateAPIVersion: {
    default: false,
    here: 'Entries of managedFields that name an older version of an object are rewritten to the applied one before it is applied.',
  },
  ObjectLevelWorkloadIdentity: {
    default: false,
    here: 'Nothing: for Vault and clouds a ServiceAccount acts, whose token its own tenant asks for, so there is nothing to hold back.',
  },
  StrictPostBuildSubstitutions: {
    default: true,
    here: 'A variable without a value and without a default fails the build; off, it is empty.',
  },
} as const satisfies Record<string, FeatureGate>;

export type FeatureGateName = keyof typeof featureGates;

/** The gates as one process has them. */
export type FeatureGates = Readonly<Record<FeatureGateName, boolean>>;

// The keys of an object literal are what its type says.
const names = Object.keys(featureGates) as FeatureGateName[];

/** The gates of a process that was told nothing. */
export const defaultFeatureGates: FeatureGates = Object.freeze(
  Object.fromEntries(names.map((name) => [name, featureGates[name].default])),
) as FeatureGates;

/**
 * The gates with what `--feature-gates` says of them, `Name=true` each; a later one wins. Throws an
 * Error that names what is known for an unknown gate, so that a typing mistake switches nothing.
 */
export function parseFeatureGates(pairs: readonly string[]): FeatureGates {
  return parseGates(pairs, defaultFeatureGates);
}

/** The same for the gates of another process, by their names and defaults. */
export function parseGates<Name extends string>(
  pairs: readonly string[],
  defaults: Readonly<Record<Name, boolean>>,
): Readonly<Record<Name, boolean>> {
  // The keys of an object literal are what its type says.
  const names = Object.keys(defaults) as Name[];
  const given = pairs.map((pair): [string, boolean] => {
    const [name = '', value = ''] = pair.split(/=(.*)/s).map((part) => part.trim());
    const known = names.find((gate) => gate === name);
    if (known === undefined) {
      throw new Error(`'${name}' is not a feature gate here: known are ${names.join(', ')}`);
    }
    return [known, parseState(known, value)];
  });
  return Object.freeze({ ...defaults, ...Object.fromEntries(given) });
}

/** The forms Flux's flag takes. */
const states = new Map([
  ...['true', 't', '1'].map((text) => [text, true] as const),
  ...['false', 'f', '0'].map((text) => [text, false] as const),
]);

function parseState(gate: string, text: string): boolean {
  const value = states.get(text.toLowerCase());
  if (value === undefined) throw new Error(`write ${gate}=true or ${gate}=false, not '${text}'`);
  return value;
}
