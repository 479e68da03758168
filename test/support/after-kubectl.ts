import { afterAll } from 'vitest';
import { forgetKubectl } from './cluster.ts';

/** The process of a file is killed when its tests are over. */
afterAll(forgetKubectl);
