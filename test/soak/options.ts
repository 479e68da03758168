import { parseArgs } from 'node:util';

/** What a soak was asked for. */
export interface SoakOptions {
  /** Kustomizations, over several tenants. */
  count: number;
  minutes: number;
  /** Of everything that is chosen by chance; the moments at which it happens are not repeatable. */
  seed: number;
  json: boolean;
  /** Folder for the managers' log. */
  keep: string | undefined;
  /** Heap snapshots, too, when memory begins and ends to be watched; the first takes memory itself. */
  snapshots: boolean;
}

const usage = `npm run soak -- [options]

Starts a real control plane, a Git server and Tenantry, and lets random things happen for a while:
pushes, moves, drift, deletions, restarts of the API server, killed managers and renderers, faults of
the Git server. Now and then it lets everything settle and compares the cluster with Git, object by
object. Fails if anything is lost, left over, made again without need, or unexplained.

  --count <n>     Kustomizations (default 200)
  --minutes <n>   how long (default 30)
  --seed <n>      repeats the choices of another run (default: by the clock; printed)
  --keep <dir>    write the managers' log there
  --snapshots     and heap snapshots before and after, to compare; they make memory look flatter
  --json          print JSON instead of a table
  --help          this text`;

/** Reads the command line; undefined when the help was asked for and shown. Throws on nonsense. */
export function parseOptions(args: string[]): SoakOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
      json: { type: 'boolean', default: false },
      keep: { type: 'string' },
      snapshots: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  const { json, keep, snapshots } = values;
  const number = (name: 'count' | 'minutes' | 'seed') => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name}: '${values[name]}' is not a whole number above 0`);
  };
  return {
    count: number('count'),
    minutes: number('minutes'),
    seed: number('seed'),
    json,
    keep,
    snapshots,
  };
}
