import type { HeldConversation } from '../chat/chat-state.ts'

/** What a block does and does not do, for whoever is about to block the other one here. */
export function blockText({ kind, context }: Pick<HeldConversation, 'kind' | 'context'>): string {
  const where =
    kind === 'context' && context
      ? `about this ${context.type}, or directly`
      : 'directly, or start anything with each other'
  return `Neither of you can write to the other ${where}, until you unblock them. They are not told. In groups that you are both in, you still see each other's messages.`
}
