import type { KubeObject } from '../../../kube/object.ts';

/** What rules read of a Pod. */
export interface PodSpec {
  initContainers?: Container[];
  containers?: Container[];
  ephemeralContainers?: Container[];
  volumes?: { name: string; image?: { reference?: string; pullPolicy?: string } }[];
  schedulerName?: string;
  resources?: Resources;
}

export interface Container {
  image?: string;
  imagePullPolicy?: string;
  restartPolicy?: string;
  resources?: Resources;
}

/** Requests and limits: amounts as the API server writes them, by resource. */
export interface Resources {
  requests?: Readonly<Record<string, string>>;
  limits?: Readonly<Record<string, string>>;
}

/** The spec of a Pod that the API server has looked at. */
export function podSpec({ spec }: KubeObject): PodSpec {
  return spec ?? {};
}
