import type { Actor, Me, UpdateMe } from '@parley/contracts'
import { requirePicture } from '../attachments/pictures.ts'
import type { Deps } from '../deps.ts'
import { identify } from './identify.ts'
import { tellRenamed } from './tell-renamed.ts'

/** The actor's own settings and picture. What others have heard before of what was read stays what they have heard. */
export async function updateMe(deps: Deps, actor: Actor, { receipts, presence, avatarUrl }: UpdateMe): Promise<Me> {
  await requirePicture(deps, actor, avatarUrl, '/avatarUrl')
  if (receipts !== undefined)
    await deps.store.transaction(actor.tenantId, async ({ users }) => {
      await users.ensure([actor.userId])
      await users.setReceiptsHidden(actor.userId, !receipts)
    })
  if (presence !== undefined) {
    await deps.store.transaction(actor.tenantId, async ({ users }) => {
      await users.ensure([actor.userId])
      await users.setPresenceHidden(actor.userId, !presence)
    })
    deps.tell({ kind: 'user_changed', tenantId: actor.tenantId, userId: actor.userId, disabled: false })
  }
  if (avatarUrl !== undefined) {
    const changed = await deps.store.transaction(actor.tenantId, async ({ users }) => {
      await users.ensure([actor.userId])
      return users.setAvatar(actor.userId, avatarUrl)
    })
    if (changed) tellRenamed(deps.tell, actor.tenantId, [actor.userId])
  }
  return identify(deps, actor)
}
