import { describe, expect, test } from 'vitest';
import { createAuthority } from '../../base/certificate.ts';
import {
  apiServerArguments,
  auditPolicy,
  controllerManagerArguments,
  etcdArguments,
  schedulerArguments,
  type ComponentSettings,
} from './component-arguments.ts';

const pair = { cert: '/pki/x.crt', key: '/pki/x.key' };
const settings: ComponentSettings = {
  keyring: {
    authority: createAuthority('ca'),
    authorityFiles: { cert: '/pki/ca.crt', key: '/pki/ca.key' },
    server: pair,
    serviceAccountKey: '/pki/sa.key',
    client: async () => pair,
  },
  ports: { etcd: 20_001, api: 20_002 },
  etcdFolder: '/etcd',
  etcdClient: pair,
  kubeletClient: pair,
  durable: true,
};
const all = (own: ComponentSettings) => [
  ...etcdArguments(own),
  ...apiServerArguments(own),
  ...controllerManagerArguments(own, '/kubeconfig'),
  ...schedulerArguments('/kubeconfig'),
];

describe('the components’ flags', () => {
  test('listen on loopback alone', () => {
    const listening = all(settings).filter((flag) =>
      /listen|bind|advertise|secure-port/.test(flag),
    );
    expect(listening.length).toBeGreaterThan(5);
    for (const flag of listening) {
      expect(flag).toMatch(/127\.0\.0\.1|--secure-port=(20002|0)$/);
    }
  });

  test('let nobody into etcd without a certificate', () => {
    const flags = etcdArguments(settings);
    expect(flags).toContain('--client-cert-auth');
    expect(flags).toContain('--peer-client-cert-auth');
    expect(flags.filter((flag) => flag.includes('http://'))).toEqual([]);
  });

  test('authorise by RBAC', () => {
    expect(apiServerArguments(settings)).toContain('--authorization-mode=Node,RBAC');
  });

  test('wait for the disk unless told not to', () => {
    expect(etcdArguments(settings)).not.toContain('--unsafe-no-fsync');
    expect(etcdArguments({ ...settings, durable: false })).toContain('--unsafe-no-fsync');
  });

  test('check the types of policies where the plane lasts', () => {
    const without = '--controllers=*,-validatingadmissionpolicy-status-controller';
    expect(controllerManagerArguments(settings, '/kubeconfig')).not.toContain(without);
    const passing = { ...settings, durable: false };
    expect(controllerManagerArguments(passing, '/kubeconfig')).toContain(without);
  });

  test('audit on request only', () => {
    expect(apiServerArguments(settings).filter((flag) => flag.includes('audit'))).toEqual([]);
    const audited = { ...settings, audit: { policy: '/policy', log: '/log' } };
    expect(apiServerArguments(audited)).toEqual(
      expect.arrayContaining(['--audit-policy-file=/policy', '--audit-log-path=/log']),
    );
  });

  test('never audit bodies, which hold Secrets', () => {
    const { rules } = JSON.parse(auditPolicy) as { rules: { level: string }[] };
    expect(new Set(rules.map(({ level }) => level))).toEqual(new Set(['None', 'Metadata']));
  });
});
