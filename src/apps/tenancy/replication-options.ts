import type { ReplicationDeps } from '../../controllers/shared/replication/work.ts';

/** What replications need besides what tenancy has. */
export type ReplicationOptions = Pick<ReplicationDeps, 'templates' | 'isScopeUnchecked'>;
