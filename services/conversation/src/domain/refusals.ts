import { isReservedUserId, ParleyError } from '@parley/contracts'
import type { ConversationRecord } from './ports/conversations.ts'

/** The same words whether it does not exist or may not be known to exist. */
export const noSuchConversation = () => new ParleyError('not_found', 'No such conversation')
export const noSuchMessage = () => new ParleyError('not_found', 'No such message')
export const noSuchUser = () => new ParleyError('not_found', 'No such user')
export const noSuchContext = () => new ParleyError('not_found', 'No such context')
export const blocked = () => new ParleyError('blocked', 'One of you has blocked the other')

export const disabled = () => new ParleyError('forbidden', 'This account is disabled')
export const revoked = () =>
  new ParleyError('unauthenticated', 'This token was taken back: log in again for another one')
export const onlyReads = () => new ParleyError('forbidden', 'Observers only read')
export const closed = () => new ParleyError('conversation_closed', 'This conversation is closed')
export const readOnly = () => new ParleyError('conversation_read_only', 'This conversation can only be read')

/** The idempotency key, in whatever field it came, was used with another body. */
export const keyReused = (noun: string, field = 'This clientId') =>
  new ParleyError('key_reused', `${field} was used for another ${noun}`)

/** Refuses a change to what a conversation holds when it has ended or is only readable. */
export function requireWritable({ status }: Pick<ConversationRecord, 'status'>): void {
  if (status === 'closed') throw closed()
  if (status === 'read_only') throw readOnly()
}

export function invalidField(pointer: string, code: string, detail: string): ParleyError {
  return new ParleyError('invalid_input', `${pointer} ${detail}`, { errors: [{ pointer, code, detail }] })
}

/** Nobody is invited, written to or spoken for under one of Parley's own ids. */
export function requireOrdinaryId(userId: string, pointer: string): void {
  if (isReservedUserId(userId)) throw invalidField(pointer, 'reserved', "begins with parley:, as Parley's own ids do")
}
