import type { Explanation } from './explanation.ts';
import { plain } from '../table.ts';

/** An explanation for people: what decides, what it says, what would allow it. */
export function formatExplanation({
  user,
  verb,
  object,
  allowed,
  decision,
  tenant,
}: Explanation): string {
  const may = allowed ? 'may' : 'may not';
  const lines = [`${allowed ? '✔' : '✗'} ${plain(user)} ${may} ${verb} ${plain(object)}`];
  if (!decision) return lines.join('\n');
  const { ring, by, rule, message, remedy } = decision;
  const where = [ring, ...(by === undefined ? [] : [by]), ...(rule === undefined ? [] : [rule])];
  lines.push(`  decided by: ${where.map(plain).join(', ')}`, `  it says:    ${plain(message)}`);
  if (remedy !== undefined) lines.push(`  to allow:   ${plain(remedy)}`);
  if (tenant) {
    const { namespaces, quota, owners } = tenant;
    const size = quota === undefined ? `${namespaces}` : `${namespaces} of ${quota}`;
    lines.push(
      `  tenant:     ${plain(tenant.tenant)}, ${tenant.state}, ${size} namespaces, owned by ${plain(owners.join(', ') || 'nobody')}`,
    );
  }
  return lines.join('\n');
}
