import type { Actor, Attachment, LinkPreview, Message } from '@parley/contracts'
import { audit } from '../admin/audit.ts'
import type { Deps } from '../deps.ts'
import { changeMessage, lockAnyMessage } from '../messages/lock-message.ts'
import type { UnitOfWork } from '../ports.ts'

type Nothing = Record<string, never>

/** What somebody's file has become, as the message's new state. Nothing where the message has it no more, or says so already. */
export async function attachmentChanged(
  deps: Deps,
  actor: Actor,
  { messageId, attachment }: { messageId: string; attachment: Attachment },
): Promise<Nothing> {
  return changeAny(deps, actor, messageId, async ({ messages }, { attachments, linkPreview }) => {
    if (linkPreview?.image?.id === attachment.id) {
      const preview = { ...linkPreview, image: attachment }
      return isSame(linkPreview.image, attachment)
        ? undefined
        : (rev) => messages.setLinkPreview(messageId, preview, rev)
    }
    const before = attachments.find(({ id }) => id === attachment.id)
    if (!before || isSame(before, attachment)) return undefined
    const changed = attachments.map((one) => (one === before ? attachment : one))
    return (rev) => messages.setAttachments(messageId, changed, rev)
  })
}

/** The card of a link in what the message said at revision `rev`. Nothing where its words have changed since. */
export async function linkPreviewed(
  deps: Deps,
  actor: Actor,
  { messageId, rev: seenRev, preview }: { messageId: string; rev: number; preview: LinkPreview },
): Promise<{ shown: boolean }> {
  let shown = false
  await changeAny(deps, actor, messageId, async ({ messages }, message) => {
    const [lastEdit] = await messages.versions(messageId, undefined, 1)
    shown = lastEdit === undefined || lastEdit.rev <= seenRev
    if (!shown || isSame(message.linkPreview, preview)) return undefined
    return (rev) => messages.setLinkPreview(messageId, preview, rev)
  })
  return { shown }
}

/** Writes down that what somebody uploaded holds a virus. */
export async function attachmentInfected(
  { store }: Deps,
  actor: Actor,
  {
    attachmentId,
    ...details
  }: { attachmentId: string; conversationId: string | null; uploaderId: string; signature: string },
): Promise<Nothing> {
  await store.transaction(actor.tenantId, (uow) => audit(uow, actor, 'attachment.infected', attachmentId, details))
  return {}
}

/** Changes a message that is there and not deleted, whoever is in its conversation. `decide` says how, or that nothing changes. */
async function changeAny(
  { store }: Deps,
  actor: Actor,
  messageId: string,
  decide: (uow: UnitOfWork, message: Message) => Promise<((rev: number) => Promise<Message>) | undefined>,
): Promise<Nothing> {
  await store.transaction(actor.tenantId, async (uow) => {
    // what is there stays there, and deleted
    const [before] = await uow.messages.byIds([messageId])
    if (!before || before.deletedAt !== null) return
    const { conversation, message } = await lockAnyMessage(uow, actor, messageId)
    const change = message.deletedAt === null ? await decide(uow, message) : undefined
    if (change) await changeMessage(uow, conversation, change)
  })
  return {}
}

/** In whatever order the database keeps their fields. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return one === other
  const fields = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...fields].every((field) => isSame(one[field as never], other[field as never]))
}
