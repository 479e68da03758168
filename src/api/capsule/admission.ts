import { z } from 'zod';
import { int32, stringMap, withRules } from '../fields.ts';
import { LabelSelector } from '../label-selector.ts';

const text = (description: string) => z.string().describe(description).exactOptional();
const texts = (description: string) => z.array(z.string()).describe(description).exactOptional();

const Client = z.object({
  caBundle: z
    .string()
    .meta({ format: 'byte' })
    .describe('CA certificates of the webhook server, PEM in base64.')
    .exactOptional(),
  service: z
    .object({
      name: z.string().describe('Name of the Service.'),
      namespace: z.string().describe('Namespace of the Service.'),
      path: text('Path within the server.'),
      port: int32.describe('Port of the Service; 443 by default.').exactOptional(),
    })
    .describe('A Service of the cluster.')
    .exactOptional(),
  url: text('An address outside the cluster.'),
});

const webhookFields = {
  admissionReviewVersions: z.array(z.string()).describe('Versions of AdmissionReview.'),
  failurePolicy: text('Fail or Ignore.'),
  matchConditions: z
    .array(
      z.object({
        expression: z.string().describe('CEL that must be true.'),
        name: z.string().describe('Name of the condition.'),
      }),
    )
    .describe('Conditions of a request to be sent.')
    .exactOptional(),
  matchPolicy: text('Exact or Equivalent.'),
  name: z.string().describe('Name of the webhook.'),
  namespaceSelector: LabelSelector.describe('Namespaces it is for.').exactOptional(),
  objectSelector: LabelSelector.describe('Objects it is for.').exactOptional(),
  opts: z
    .object({
      administrators: z.boolean().describe('Also for administrators.').default(false),
      capsuleUsers: z.boolean().describe('Only for users of Capsule.').default(false),
    })
    .describe('Whose requests it is for.')
    .exactOptional(),
  path: z.string().describe('Path of the hook on the webhook server.'),
  rules: z
    .array(
      z.object({
        apiGroups: texts('API groups.'),
        apiVersions: texts('API versions.'),
        operations: texts('CREATE, UPDATE, DELETE, CONNECT or *.'),
        resources: texts('Resources.'),
        scope: text('Cluster, Namespaced or *.'),
      }),
    )
    .describe('Requests it is for.')
    .exactOptional(),
  sideEffects: z.string().describe('None or NoneOnDryRun.'),
  timeoutSeconds: int32.describe('How long the API server waits.').exactOptional(),
};

const configuration = <Shape extends z.ZodRawShape>(webhook: z.ZodObject<Shape>) =>
  withRules(
    z.object({
      annotations: stringMap.describe('Annotations of the configuration.').exactOptional(),
      client: Client.describe('Where the webhook server is.'),
      labels: stringMap.describe('Labels of the configuration.').exactOptional(),
      name: z
        .string()
        .max(63, { abort: true })
        .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
        .describe('Name of the configuration.')
        .exactOptional(),
      webhooks: z.array(webhook).describe('The webhooks.').exactOptional(),
    }),
    [
      {
        rule: 'has(self.client.url) != has(self.client.service)',
        message: 'client must configure exactly one of url or service',
        holds: ({ client }) => (client.url === undefined) !== (client.service === undefined),
      },
    ],
  );

/** Service of the webhook server, unless the configuration has another. */
export const webhookServiceName = 'capsule-webhook-service';

/** How the webhooks of the second ring are registered. */
export const Admission = z.object({
  mutating: configuration(
    z.object({
      ...webhookFields,
      reinvocationPolicy: text('Never or IfNeeded.'),
    }),
  )
    .describe('Webhooks that change requests.')
    .exactOptional(),
  serviceName: z.string().describe('Service of the webhook server.').default(webhookServiceName),
  validating: configuration(z.object(webhookFields))
    .describe('Webhooks that refuse requests.')
    .exactOptional(),
});
export type Admission = z.infer<typeof Admission>;
