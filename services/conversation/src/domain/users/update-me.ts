import type { Actor, Me, UpdateMe } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { identify } from './identify.ts'

/** The actor's own settings. What others have heard before stays what they have heard. */
export async function updateMe(deps: Deps, actor: Actor, { receipts }: UpdateMe): Promise<Me> {
  if (receipts !== undefined)
    await deps.store.transaction(actor.tenantId, async ({ users }) => {
      await users.ensure([actor.userId])
      await users.setReceiptsHidden(actor.userId, !receipts)
    })
  return identify(deps, actor)
}
