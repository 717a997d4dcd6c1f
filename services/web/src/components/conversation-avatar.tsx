import type { HeldConversation } from '../chat/chat-state.ts'
import { conversationName, othersIn } from '../text/names.ts'
import { Avatar } from './avatar.tsx'

export function ConversationAvatar({
  conversation,
  myId,
}: {
  conversation: HeldConversation
  myId: string | undefined
}) {
  const [other] = othersIn(conversation, myId)
  const direct = conversation.kind === 'direct'
  return (
    <Avatar
      id={direct ? (other?.userId ?? conversation.id) : conversation.id}
      name={conversationName(conversation, myId)}
      url={direct ? (other?.avatarUrl ?? null) : null}
      group={!direct}
    />
  )
}
