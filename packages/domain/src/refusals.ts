import { ParleyError } from '@parley/contracts'
import type { ConversationRecord } from './ports.ts'

/** The same words whether it does not exist or may not be known to exist. */
export const noSuchConversation = () => new ParleyError('not_found', 'No such conversation')
export const noSuchMessage = () => new ParleyError('not_found', 'No such message')

/** Refuses a change to what a conversation holds when it has ended or is only readable. */
export function requireWritable(conversation: ConversationRecord): void {
  if (conversation.status === 'closed' || conversation.ended)
    throw new ParleyError('conversation_closed', 'This conversation is closed')
  if (conversation.status === 'read_only')
    throw new ParleyError('conversation_read_only', 'This conversation can only be read')
}

export function invalidField(pointer: string, code: string, detail: string): ParleyError {
  return new ParleyError('invalid_input', `${pointer} ${detail}`, { errors: [{ pointer, code, detail }] })
}
