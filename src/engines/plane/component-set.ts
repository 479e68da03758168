import path from 'node:path';
import { identifyProcess, type ProcessIdentity } from '../native/process-identity.ts';
import { startComponent, type Component } from './component.ts';
import { PlaneError } from './plane-error.ts';
import type { ComponentName, PlanePrograms } from './plane-programs.ts';

/** The running components of one plane. */
export interface ComponentSet {
  start(name: ComponentName, args: readonly string[]): Promise<void>;
  /** Ends one component on purpose; nothing happens if it is not running. */
  stop(name: ComponentName): Promise<void>;
  /** Ends all, last started first: clients before the servers they talk to. */
  stopAll(): Promise<void>;
  /** Ends all at once and without ceremony; resolves when they are gone. */
  killAll(): Promise<void>;
  running(): Component[];
  identities(): Promise<Record<string, ProcessIdentity>>;
  /** Resolves with what went wrong once a component ends that nobody stopped; else never. */
  failed: Promise<PlaneError>;
}

export function createComponentSet(programs: PlanePrograms, logFolder: string): ComponentSet {
  const running = new Map<ComponentName, Component>();
  const failed = Promise.withResolvers<PlaneError>();

  async function watch(component: Component): Promise<void> {
    const how = await component.ended;
    if (running.get(component.name) !== component) return;
    running.delete(component.name);
    const lines = await component.lastLines();
    failed.resolve(
      new PlaneError('not-ready', `${component.name} ended by itself (${how}):\n${lines}`),
    );
  }

  /** Forgets a component before it ends, so that its end is nobody's failure. */
  function take(name: ComponentName): Component | undefined {
    const component = running.get(name);
    running.delete(name);
    return component;
  }

  return {
    failed: failed.promise,
    running: () => [...running.values()],
    async start(name, args) {
      const program = programs.find(name);
      if (!program) throw new PlaneError('programs-missing', `There is no ${name} to start.`);
      const component = await startComponent({
        name,
        program,
        args,
        logFile: path.join(logFolder, `${name}.log`),
        leashed: programs.origin === 'built',
      });
      running.set(name, component);
      void watch(component);
    },
    async stop(name) {
      await take(name)?.stop();
    },
    async stopAll() {
      for (const name of [...running.keys()].reverse()) await take(name)?.stop();
    },
    async killAll() {
      const taken = [...running.values()];
      running.clear();
      for (const component of taken) component.kill();
      await Promise.all(taken.map(({ ended }) => ended));
    },
    async identities() {
      const identities: Record<string, ProcessIdentity> = {};
      for (const { name, pid } of running.values()) {
        const identity = await identifyProcess(pid);
        if (identity) identities[name] = identity;
      }
      return identities;
    },
  };
}
