import { z } from 'zod';
import { AccessFrom } from '../access-from.ts';
import { substituteDisabled } from '../annotations.ts';
import { Artifact } from '../artifact.ts';
import { ageColumn, readyColumn, statusColumn } from '../columns.ts';
import { defineKind, type ObjectOf } from '../define-kind.ts';
import { duration, requiredIn, shortDuration, withRules } from '../fields.ts';
import { reconcileStatus } from '../meta.ts';
import { LocalReference } from '../references.ts';

/** What to check out; precedence commit, name, semver, tag, branch. */
const GitReference = z.object({
  branch: z.string().describe('Branch; `master` if no field of `ref` is set.').exactOptional(),
  commit: z
    .string()
    .describe(
      'Commit SHA; wins over every other field. With `branch`, only that branch is fetched and must contain it.',
    )
    .exactOptional(),
  name: z
    .string()
    .describe(
      'Full reference such as refs/heads/main, refs/tags/v0.1.0 or refs/pull/420/head; wins over semver, tag and branch.',
    )
    .exactOptional(),
  semver: z
    .string()
    .describe('Version range; the highest matching tag is taken. Wins over tag and branch.')
    .exactOptional(),
  tag: z.string().describe('Tag; wins over branch.').exactOptional(),
});

const GitInclude = z.object({
  fromPath: z
    .string()
    .describe('Directory of the included artifact to copy; its root by default.')
    .exactOptional(),
  repository: LocalReference.describe('The GitRepository to include.'),
  toPath: z
    .string()
    .describe('Directory to copy to; by default the name of the included GitRepository.')
    .exactOptional(),
});

const GitVerification = z.object({
  mode: z
    .enum(['head', 'HEAD', 'Tag', 'TagAndHEAD'])
    .describe('Which objects must carry a trusted signature; `head` is an older way to say HEAD.')
    .default('HEAD'),
  secretRef: LocalReference.describe(
    'Secret with public keys of trusted authors: PGP under keys ending in .asc, SSH under keys ending in .sshpub.',
  ),
});

const wireSpec = z
  .object({
    accessFrom: AccessFrom.exactOptional(),
    gitImplementation: z
      .enum(['go-git', 'libgit2'])
      .describe(
        'Deprecated, from v1beta1 and v1beta2. Accepted and without effect: Git itself is used, which can do what both libraries could.',
      )
      .exactOptional(),
    ignore: z
      .string()
      .describe(
        'Patterns in .gitignore format of what to leave out of the artifact; they replace the defaults.',
      )
      .exactOptional(),
    include: z
      .array(GitInclude)
      .describe('Other GitRepositories of the namespace whose artifacts are copied into this one.')
      .exactOptional(),
    interval: requiredIn(
      ['v1'],
      duration.describe(
        'How often to look for a new revision, give or take some jitter. Required in v1; 1m in older versions.',
      ),
      '1m',
    ),
    provider: z
      .enum(['generic', 'aws', 'azure', 'github'])
      .describe('How to authenticate; `generic` (secretRef) by default.')
      .exactOptional(),
    proxySecretRef: LocalReference.describe(
      'Secret with `address`, and optionally `username` and `password`, of a proxy to the Git server.',
    ).exactOptional(),
    recurseSubmodules: z
      .boolean()
      .describe('Check out submodules too, with the same credentials.')
      .exactOptional(),
    ref: GitReference.describe('What to check out; branch `master` by default.').exactOptional(),
    secretRef: LocalReference.describe(
      'Secret with credentials. HTTPS: `username` and `password`, or `bearerToken`; optionally `ca.crt`. ' +
        'SSH: `identity` and `known_hosts`, and `password` if the key has a passphrase.',
    ).exactOptional(),
    serviceAccountName: z
      .string()
      .describe('ServiceAccount to authenticate as; only with provider aws or azure.')
      .exactOptional(),
    sparseCheckout: z
      .array(z.string())
      .describe('Directories to check out; the artifact holds only these.')
      .exactOptional(),
    suspend: z.boolean().describe('Stop reconciling; what was stored stays.').exactOptional(),
    timeout: shortDuration.describe('Ceiling of one Git operation.').default('60s'),
    url: z
      .string()
      .regex(/^(http|https|ssh):\/\/.*$/, { error: 'must be an http://, https:// or ssh:// URL' })
      .describe('The repository: http://, https:// or ssh://.'),
    verify: GitVerification.describe('Signatures that a revision must carry.').exactOptional(),
  })
  .describe('Which Git repository to publish, and how to reach it.');

/** GitRepository.spec; see docs/kinds/gitrepository.md. */
export const GitRepositorySpec = withRules(wireSpec, [
  {
    rule: "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
    message: "serviceAccountName can only be set when provider is 'azure' or 'aws'",
    holds: ({ serviceAccountName, provider }) =>
      serviceAccountName === undefined || provider === 'azure' || provider === 'aws',
  },
]).transform(({ gitImplementation: _legacy, ...spec }) => spec);
export type GitRepositorySpec = z.output<typeof GitRepositorySpec>;

/** GitRepository.status. The `observed…` fields are the inputs the artifact was made from. */
export const GitRepositoryStatus = z
  .object({
    ...reconcileStatus,
    artifact: Artifact.describe('The last stored revision.').exactOptional(),
    includedArtifacts: z
      .array(Artifact)
      .describe('The artifacts that were included, in the order of spec.include.')
      .exactOptional(),
    observedIgnore: z.string().describe('spec.ignore of the artifact.').exactOptional(),
    observedInclude: z.array(GitInclude).describe('spec.include of the artifact.').exactOptional(),
    observedRecurseSubmodules: z
      .boolean()
      .describe('spec.recurseSubmodules of the artifact.')
      .exactOptional(),
    observedSparseCheckout: z
      .array(z.string())
      .describe('spec.sparseCheckout of the artifact.')
      .exactOptional(),
    sourceVerificationMode: z
      .string()
      .describe('spec.verify.mode the artifact was verified with.')
      .exactOptional(),
  })
  .describe('What was last observed and stored.');
export type GitRepositoryStatus = z.output<typeof GitRepositoryStatus>;

/** A Git repository whose revisions become artifacts that Kustomizations apply. */
export const GitRepository = defineKind({
  group: 'source.toolkit.fluxcd.io',
  kind: 'GitRepository',
  plural: 'gitrepositories',
  singular: 'gitrepository',
  shortNames: ['gitrepo'],
  categories: ['all', 'fluxcd', 'fluxcd-sources'],
  scope: 'Namespaced',
  versions: [
    { name: 'v1' },
    { name: 'v1beta2', deprecationWarning: 'v1beta2 GitRepository is deprecated, upgrade to v1' },
    { name: 'v1beta1', deprecationWarning: 'v1beta1 GitRepository is deprecated, upgrade to v1' },
  ],
  description: 'A Git repository whose revisions become artifacts.',
  columns: [
    { name: 'URL', type: 'string', jsonPath: '.spec.url' },
    ageColumn,
    readyColumn,
    statusColumn,
  ],
  shape: { revision: ['status', 'artifact', 'revision'] },
  crdAnnotations: substituteDisabled,
  statusDefault: { observedGeneration: -1 },
  spec: GitRepositorySpec,
  status: GitRepositoryStatus,
});
export type GitRepository = ObjectOf<typeof GitRepository>;
