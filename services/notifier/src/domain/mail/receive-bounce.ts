import type { Store } from '../ports/store.ts'

/** That an e-mail of ours did not arrive, as a mail server or a provider says it later. */
export interface Bounce {
  /** Of the e-mail that did not: as it was sent, with or without the brackets. */
  messageIds: readonly string[]
  recipient: string
  /** RFC 3463, such as 5.1.1; undefined where only the reason is said. */
  status: string | undefined
  reason: string
}

/** RFC 3463: the address is wrong, or its mailbox takes no mail any more. Policy (5.7), fullness (5.2.2) and the rest are of today. */
const OF_THE_ADDRESS = /^5\.(1\.|2\.1$)/
/** Whether an enhanced status is about the address itself, and for good. */
export const isOfAddress = (status: string): boolean => OF_THE_ADDRESS.test(status)

const OURS = /^<?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/

/**
 * Takes a bounce: the address gets no more e-mails where that is what it says. True where it is of an e-mail that was sent to that
 * address; whoever makes one up would have to know the id that the e-mail had.
 */
export type ReceiveBounce = (bounce: Bounce) => Promise<boolean>

export function createBounces({ store }: { store: Pick<Store, 'transaction' | 'sentMail'> }): ReceiveBounce {
  return async ({ messageIds, recipient, status, reason }) => {
    for (const messageId of messageIds.slice(0, 10)) {
      const [, id] = OURS.exec(messageId.toLowerCase()) ?? []
      const sent = id === undefined ? undefined : await store.sentMail(id)
      if (sent?.address.toLowerCase() !== recipient.toLowerCase()) continue
      const why = reason.replace(/\s+/g, ' ').slice(0, 500)
      if (status === undefined || isOfAddress(status))
        await store.transaction(sent.tenantId, ({ addresses }) => addresses.markUnreachable(sent.address, why))
      return true
    }
    return false
  }
}
