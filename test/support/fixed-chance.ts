import * as fc from 'fast-check';
import { testSeed } from './random.ts';

/** Properties choose the same cases in every run; see {@link testSeed}. */
fc.configureGlobal({ seed: testSeed() });
