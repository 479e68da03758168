import { mkdir, writeFile } from 'node:fs/promises';
import { toTimestamp } from '../../base/clock.ts';
import { identifyProcess } from '../native/process-identity.ts';
import { createApiProbe, type ApiProbe } from './api-probe.ts';
import type { Subject } from '../../base/certificate.ts';
import { auditPolicy, type ComponentSettings } from './component-arguments.ts';
import type { ComponentSet } from './component-set.ts';
import { freePort } from './free-port.ts';
import { openKeyring } from './keyring.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import type { PlaneFolder, PlaneRecord } from './plane-folder.ts';
import type { PlanePrograms } from './plane-programs.ts';
import type { PlaneOptions } from './plane.ts';

/** A plane on its way up: what its parts need to know of each other. */
export interface PlaneSetup {
  options: PlaneOptions;
  programs: PlanePrograms;
  folder: PlaneFolder;
  components: ComponentSet;
  settings: ComponentSettings;
  probe: ApiProbe;
  kubeconfig: string;
  record: PlaneRecord;
}

const admin: Subject = { commonName: 'tenantry-admin', organizations: ['system:masters'] };

/** Makes keys, ports and the admin's kubeconfig; starts nothing. */
export async function setUpPlane(
  options: PlaneOptions,
  { programs, folder, components }: Pick<PlaneSetup, 'programs' | 'folder' | 'components'>,
): Promise<PlaneSetup> {
  const keyring = await openKeyring(folder.path('pki'));
  await mkdir(folder.path('log'), { recursive: true, mode: 0o700 });
  await mkdir(folder.path('kubeconfig'), { recursive: true, mode: 0o700 });
  const audit = { policy: folder.path('audit-policy.json'), log: folder.path('log', 'audit.log') };
  if (options.audit) await writeFile(audit.policy, auditPolicy);
  const known = folder.previous?.ports;
  const ports = { etcd: await freePort(known?.etcd), api: await freePort(known?.api) };
  const server = `https://127.0.0.1:${ports.api}`;
  const kubeconfig = folder.path('kubeconfig', 'admin.yaml');
  const client = await keyring.client(admin);
  const caPem = keyring.authority.certPem;
  await writeKubeconfig(kubeconfig, { server, caPem, client, user: admin.commonName });
  const owner = await identifyProcess(process.pid);
  if (!owner) throw new Error('this process cannot find itself in the process table');
  return {
    options,
    programs,
    folder,
    components,
    kubeconfig,
    settings: {
      keyring,
      ports,
      etcdFolder: folder.path('etcd'),
      etcdClient: await keyring.client({ commonName: 'kube-apiserver-etcd-client' }),
      kubeletClient: await keyring.client({ commonName: 'kube-apiserver-kubelet-client' }),
      durable: options.durable ?? options.dir !== undefined,
      ...(options.audit && { audit }),
      ...(options.emulates !== undefined && { emulates: options.emulates }),
      ...(options.cbor === true && { cbor: true }),
      ...(options.profiling === true && { profiling: true }),
    },
    probe: await createApiProbe(ports.api, caPem, client),
    record: {
      owner,
      components: {},
      ports,
      server,
      kubeconfig,
      ...(options.audit && { auditLog: audit.log }),
      startedAt: toTimestamp(Date.now()),
    },
  };
}
