import { memo } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { unsentState } from '../chat/outgoing.ts'
import { isMuted } from '../chat/own-conversations.ts'
import { shownUnread, tickOf, unreadLabel } from '../chat/read-state.ts'
import { listTime } from '../text/dates.ts'
import { filesText } from '../text/files.ts'
import { conversationName, othersIn, previewOf, shortName } from '../text/names.ts'
import { noticeText } from '../text/notices.ts'
import { Badge } from './badge.tsx'
import { useChat } from './chat-context.ts'
import { ContextChip } from './context-chip.tsx'
import { ConversationAvatar } from './conversation-avatar.tsx'
import styles from './conversation-item.module.css'
import { Icon } from './icon.tsx'
import { Ticks } from './ticks.tsx'
import { useMoment } from './use-moment.ts'
import { useTypingText } from './use-typing-text.ts'

interface ConversationItemProps {
  conversation: HeldConversation
  onOpen(id: string): void
}

export const ConversationItem = memo(function ConversationItem({ conversation, onOpen }: ConversationItemProps) {
  const { id, lastMessage } = conversation
  const myId = useChat((state) => state.me?.userId)
  const open = useChat((state) => state.openId === id)
  const unread = useChat((state) => shownUnread(state, conversation))
  const typing = useTypingText(conversation)
  const unsent = useChat((state) => state.outgoing[id])
  const draft = useChat((state) => (open ? undefined : state.drafts[id]))
  const waiting = unsentState(unsent)
  const last = unsent?.at(-1)
  const words = waiting ? last?.content || filesText(last?.files.map(({ attachment }) => attachment) ?? []) : draft
  const own = lastMessage !== null && lastMessage.senderId === myId
  const name = conversationName(conversation, myId)
  const muted = isMuted(conversation)
  useMoment(conversation.me.mutedUntil)
  const named = lastMessage && !own && lastMessage.type !== 'system' && conversation.kind === 'group'

  return (
    <button
      type="button"
      id={`conversation-${id}`}
      className={styles.item}
      data-testid="conversation-item"
      data-conversation-id={id}
      data-unread={unread > 0 && !muted}
      aria-current={open || undefined}
      onClick={() => onOpen(id)}
    >
      <ConversationAvatar conversation={conversation} myId={myId} />
      <span className={styles.text}>
        <span className={styles.line}>
          <span className={styles.name} dir="auto">
            {name}
          </span>
          {conversation.me.pinnedAt && (
            <span className={styles.sign} data-testid="pinned-sign">
              <Icon name="pin" />
              <span className="visually-hidden">pinned</span>
            </span>
          )}
          {muted && (
            <span className={styles.sign} data-testid="muted-sign">
              <Icon name="bell-off" />
              <span className="visually-hidden">muted</span>
            </span>
          )}
          <time className={styles.time} dateTime={conversation.activityAt}>
            {listTime(conversation.activityAt)}
          </time>
        </span>
        <span className={styles.line}>
          {waiting && <Ticks state={waiting} />}
          {own && !lastMessage.deletedAt && !typing && words === undefined && (
            <Ticks state={tickOf(conversation, lastMessage.seq, myId)} />
          )}
          <span
            className={styles.preview}
            dir="auto"
            data-testid="preview"
            data-typing={typing ? true : undefined}
            data-unsent={waiting ?? (words === undefined ? undefined : 'draft')}
          >
            {words !== undefined ? (
              <>
                {waiting !== 'sending' && <b>{waiting ? 'Not sent: ' : 'Draft: '}</b>}
                {words}
              </>
            ) : (
              typing || (
                <>
                  {named && `${shortName(lastMessage.sender)}: `}
                  {lastMessage?.type === 'system'
                    ? noticeText(lastMessage, conversation, myId)
                    : previewOf(lastMessage, conversation.participants)}
                </>
              )
            )}
          </span>
          {unread > 0 && (
            <Badge quiet={muted} data-testid="unread-badge">
              {unreadLabel(unread)}
              <span className="visually-hidden"> unread</span>
            </Badge>
          )}
        </span>
        {(conversation.context || conversation.status !== 'active') && (
          <span className={`${styles.line} ${styles.facts}`}>
            <ContextChip conversation={conversation} />
            {conversation.context && (
              <span className={styles.about}>{othersIn(conversation, myId).map(shortName).join(', ')}</span>
            )}
          </span>
        )}
      </span>
    </button>
  )
})
