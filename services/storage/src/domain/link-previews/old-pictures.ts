import { letGoOf } from '../let-go.ts'
import type { StoredAttachment, UnitOfWork } from '../ports/store.ts'

/** Of the card that a message got at that revision of it: the same again where a card was made and could not be told. */
export const pictureKey = (messageId: string, rev: number) => `preview:${messageId}:${rev}`

/** Undefined for what is no card's picture. */
function revOf({ uploadKey, messageId }: StoredAttachment): number | undefined {
  const [what, of, rev = '0'] = uploadKey?.split(':') ?? []
  return what === 'preview' && of === messageId ? Number(rev) : undefined
}

/** Lets go of the pictures of cards that a message had before that revision. */
export async function dropPicturesBefore(unit: UnitOfWork, messageId: string, rev: number): Promise<void> {
  const ofIt = await unit.attachments.ofMessage(messageId)
  const old = ofIt.filter((one) => (revOf(one) ?? rev) < rev).map(({ id }) => id)
  await letGoOf(unit, await unit.attachments.lock(old))
}
