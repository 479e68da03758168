import { parseArgs } from 'node:util';

/** What a run of the bench was asked for. */
export interface BenchOptions {
  /** Tenants, with one Kustomization of four objects each. */
  count: number;
  /** `--concurrent` of the manager, and loops of the floor. */
  workers: number;
  /** `spec.interval` of every Kustomization and of the source. */
  interval: string;
  /** All tenants' builds are one and the same: no field of the specs differs between them. */
  shared: boolean;
  /** Seconds of steady state. */
  steady: number;
  /** Without the neighbour, and without other numbers of workers. */
  brief: boolean;
  /** Install, and then nothing but the neighbour. */
  neighbour: boolean;
  /** Tenancy instead: onboarding, steady state, memory and admission, with so many Tenants. */
  tenancy: boolean;
  tenants: number;
  /** The tenant proxy instead: latency, lists, throughput and memory. */
  proxy: boolean;
  namespaces: number;
  watches: number;
  json: boolean;
  /** Folder for a `.cpuprofile` of the manager and `.pprof` of the API server per phase, and a log. */
  profile: string | undefined;
}

const usage = `npm run bench -- [options]

Starts a real control plane, a Git server and Tenantry, and measures how close Tenantry comes to
the floor: the same writes made by a bare loop. Progress goes to standard error. Fails only if
something does not converge, never because of a time.

  --count <n>      tenants, one Kustomization of four objects each (default 100)
  --workers <n>    reconciles at once, and loops of the floor (default 4, the manager's own)
  --interval <d>   spec.interval of everything (default 10m)
  --shared         all tenants share one build; by default each has its own (targetNamespace)
  --steady <s>     seconds of steady state (default 60)
  --brief          without the neighbour that fails, and without other numbers of workers
  --neighbour      install, and then nothing but the neighbour that fails
  --tenancy        tenancy instead: onboarding, steady state, memory, what admission costs
  --tenants <n>    of --tenancy: Tenants, of three namespaces each (default 1000)
  --proxy          the tenant proxy instead: latency, lists, throughput, memory of watches
  --namespaces <n> of --proxy: namespaces of the cluster, 20 of them of the tenant (default 10000)
  --watches <n>    of --proxy: watches at once (default 2000)
  --profile <dir>  write CPU profiles of manager and API server per phase, and the manager's log
  --json           print JSON instead of a table
  --help           this text`;

/** Reads the command line; undefined when the help was asked for and shown. Throws on nonsense. */
export function parseOptions(args: string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args,
    options: {
      count: { type: 'string', default: '100' },
      workers: { type: 'string', default: '4' },
      interval: { type: 'string', default: '10m' },
      steady: { type: 'string', default: '60' },
      profile: { type: 'string' },
      shared: { type: 'boolean', default: false },
      brief: { type: 'boolean', default: false },
      neighbour: { type: 'boolean', default: false },
      tenancy: { type: 'boolean', default: false },
      tenants: { type: 'string', default: '1000' },
      proxy: { type: 'boolean', default: false },
      namespaces: { type: 'string', default: '10000' },
      watches: { type: 'string', default: '2000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return undefined;
  }
  return {
    count: positive('count', values.count),
    workers: positive('workers', values.workers),
    steady: positive('steady', values.steady),
    interval: values.interval,
    shared: values.shared,
    brief: values.brief,
    neighbour: values.neighbour,
    tenancy: values.tenancy,
    tenants: positive('tenants', values.tenants),
    proxy: values.proxy,
    namespaces: positive('namespaces', values.namespaces),
    watches: positive('watches', values.watches),
    json: values.json,
    profile: values.profile,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: '${text}' is not a whole number above 0`);
}
