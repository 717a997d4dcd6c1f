import type { Actor, Policy } from '@parley/contracts'
import { claim, type FilesOf, release, releaseAfter, typeWith } from '../attachments/claim-attachments.ts'
import type { Deps } from '../deps.ts'
import type { MessageToSend } from '../ports/scheduled-messages.ts'
import { invalidField } from '../refusals.ts'

/**
 * The files of a message that waits, claimed for the message that it will be: its own id is the key. They were uploaded into a conversation,
 * and so that is known.
 */
export function filesOf(senderId: string, id: string, message: MessageToSend): FilesOf | undefined {
  const { conversationId, attachments = [] } = message
  if (attachments.length === 0) return undefined
  if (conversationId === undefined)
    throw invalidField('/conversationId', 'required', 'has to be given for a message with attachments')
  return { key: { conversationId, senderId, clientId: id }, attachmentIds: attachments }
}

interface Waiting {
  files: FilesOf | undefined
  message: MessageToSend
  policy: Policy
}

/** Claims the files, if there are any, for as long as the message waits that `work` keeps. */
export async function withClaimed<T>(
  deps: Deps,
  actor: Actor,
  { files, message, policy }: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  if (!files) return work()
  try {
    typeWith(actor, message, policy, await claim(deps, actor, files))
    return await work()
  } catch (err) {
    releaseAfter(deps, actor, files.key, err)
    throw err
  }
}

/** The same for a message that waits already, with the files of `before`: where it stays as it is, it keeps those. */
export async function withExchanged<T>(
  deps: Deps,
  actor: Actor,
  before: FilesOf | undefined,
  after: Waiting,
  work: () => Promise<T>,
): Promise<T> {
  if (String(before?.attachmentIds) === String(after.files?.attachmentIds)) return work()
  if (!before) return withClaimed(deps, actor, after, work)
  try {
    // another list under the same key takes the place of the one before
    if (after.files) typeWith(actor, after.message, after.policy, await claim(deps, actor, after.files))
    const done = await work()
    if (!after.files) release(deps, actor, before.key)
    return done
  } catch (err) {
    await claim(deps, actor, before).catch(() => {})
    throw err
  }
}
