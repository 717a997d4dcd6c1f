import type { HeldConversation } from '../chat/chat-state.ts'
import { conversationName, counterpart } from '../text/names.ts'
import { Avatar } from './avatar.tsx'

export function ConversationAvatar({
  conversation,
  myId,
}: {
  conversation: HeldConversation
  myId: string | undefined
}) {
  const other = counterpart(conversation, myId)
  return (
    <Avatar
      id={other?.userId ?? conversation.id}
      name={conversationName(conversation, myId)}
      url={other ? other.avatarUrl : conversation.pictureUrl}
      symbol={other ? null : conversation.kind === 'context' ? 'tag' : 'people'}
    />
  )
}
