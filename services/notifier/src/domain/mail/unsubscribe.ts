import type { MailLinks } from '../ports/mail.ts'
import type { Store } from '../ports/store.ts'

/** Turns e-mails off for whoever a link was made for. False where we have not made it. */
export type Unsubscribe = (token: string) => Promise<boolean>

export function createUnsubscribe({
  store,
  links,
}: {
  store: Store
  links: Pick<MailLinks, 'readUnsubscribe'>
}): Unsubscribe {
  return async (token) => {
    const who = links.readUnsubscribe(token)
    if (!who) return false
    const { tenantId, userId } = who
    await store.transaction(tenantId, ({ preferences }) => preferences.turnOffEmail(userId))
    return true
  }
}
