import { isNotFound } from '../../kube/api-error.ts';
import { typeOf, type Target } from './target.ts';
import type { World } from './world.ts';

/** Whether it is there, asked as who may see everything. */
export async function exists({ admin }: World, of: Target): Promise<boolean> {
  try {
    await admin.get(await typeOf(admin, of), of.metadata);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
