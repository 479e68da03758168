import type { BuildOptions } from '../native/build-native.ts';
import type { Log } from '../../base/log.ts';
import type { Subject } from '../../base/certificate.ts';
import type { PlaneError } from './plane-error.ts';
import type { ComponentName, Program } from './plane-programs.ts';

export interface PlaneOptions extends Pick<BuildOptions, 'onProgress' | 'signal' | 'env'> {
  /** Keeps state here and finds it again; without it the plane is temporary. */
  dir?: string;
  /** Writes an audit log (who asked for what, no bodies). */
  audit?: boolean;
  /** Runs kube-scheduler too. There are no nodes, so by default nothing schedules. */
  scheduler?: boolean;
  /** Older version of Kubernetes that the API server behaves as: `1.35`. */
  emulates?: string;
  /** Serves CBOR to who asks for it, as Kubernetes does not by default, and stores objects of custom kinds in it. */
  cbor?: boolean;
  /** Lets administrators read profiles of the API server, at `/debug/pprof`. */
  profiling?: boolean;
  /** Waits for the disk at every write; by default only with a `dir`. */
  durable?: boolean;
  log?: Log;
}

/** A running Kubernetes control plane on loopback, owned by this process. */
export interface Plane {
  dir: string;
  /** Path of a kubeconfig for a member of `system:masters`. */
  kubeconfig: string;
  /** How to run the kubectl that belongs to it. */
  kubectl: Program;
  caPem: string;
  /** `https://127.0.0.1:<port>`; the same port for the plane's whole life. */
  server: string;
  /** Such as `v1.36.3`. */
  version: string;
  /** JSON lines of audit.k8s.io/v1 Events, if asked for. */
  auditLogPath?: string;
  /** The process that owns the components: this one. */
  pid: number;
  /** The components running now. */
  pids(): Partial<Record<ComponentName, number>>;
  /** Path of a kubeconfig for this user, by client certificate. */
  clientKubeconfig(subject: Subject): Promise<string>;
  /** Stops the API server alone; etcd and its data stay. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port; resolves when it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  /** Stops everything; a temporary plane's folder is removed. May be called twice. */
  stop(): Promise<void>;
  /** Resolves when the plane is over: with the reason if a component ended by itself. */
  ended: Promise<PlaneError | undefined>;
}
