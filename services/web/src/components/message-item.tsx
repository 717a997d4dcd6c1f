import type { Message } from '@parley/contracts'
import { memo } from 'react'
import { cardOf } from '../chat/cards.ts'
import type { HeldConversation } from '../chat/chat-state.ts'
import { dealOf } from '../chat/deals.ts'
import { tickOf } from '../chat/read-state.ts'
import { actionsOn, type MessageAction, pinsIn, rightsIn } from '../chat/rights.ts'
import { clockTime, fullTime } from '../text/dates.ts'
import { hueOf, isolated, personName, previewOf, readableText } from '../text/names.ts'
import { noticeText } from '../text/notices.ts'
import { readersText, receiptNames } from '../text/receipts.ts'
import { namesSender, senderTag } from '../text/senders.ts'
import { Avatar } from './avatar.tsx'
import { useChat, useSession, useSource } from './chat-context.ts'
import { DealCard } from './deal-card.tsx'
import { Icon } from './icon.tsx'
import { InfoCard } from './info-card.tsx'
import { LinkCard } from './link-card.tsx'
import { MessageAttachments } from './message-attachments.tsx'
import styles from './message-item.module.css'
import { MessageMenu } from './message-menu.tsx'
import { MessageReactions } from './message-reactions.tsx'
import { MessageText } from './message-text.tsx'
import { PendingChangeLine } from './pending-change-line.tsx'
import { ReplyQuote } from './reply-quote.tsx'
import { Tag } from './tag.tsx'
import { Ticks } from './ticks.tsx'

interface MessageItemProps {
  message: Message
  startsGroup: boolean
  endsGroup: boolean
  conversation: HeldConversation
  /** Its menu is the one that Tab reaches. */
  reachable: boolean
  /** Given: it is what somebody has come to read, and this is told of its element. */
  standsOut?(element: HTMLElement | null): void
  onAct?(action: MessageAction, message: Message): void
  /** A picture in it is to be seen large. */
  onOpenPicture?(attachmentId: string): void
}

export const MessageItem = memo(function MessageItem(props: MessageItemProps) {
  const { message, startsGroup, endsGroup, conversation, reachable, standsOut, onAct, onOpenPicture } = props
  const { messages } = useSession()
  const { history } = useSource()
  const myId = useChat((state) => state.me?.userId)
  const change = useChat((state) => state.changes[message.id])
  const rules = useChat((state) => state.policy?.messages)
  if (message.type === 'system')
    return (
      <p className={styles.system} data-testid="message" data-type="system" data-seq={message.seq}>
        <span title={fullTime(message.createdAt)} dir="auto">
          {noticeText(message, conversation, myId)}
        </span>
      </p>
    )

  const own = message.senderId === myId
  // What one wants it to say, unless that was refused or taken back.
  const wanted =
    change?.kind === 'edit' && (change.state === 'asked' || change.state === 'unknown') ? change.content : null
  const deleted = message.deletedAt !== null
  const { role, write } = rightsIn(conversation, myId)
  const group = !own && (role === null || namesSender(conversation, message.senderId, myId))
  const deal = dealOf(message)
  const card = cardOf(message)
  const canReact = write && rules?.reactions !== 'none'
  const tag = group && senderTag(conversation, message.senderId)
  const state = own ? tickOf(conversation, message.seq, myId) : undefined

  return (
    <div
      className={styles.message}
      data-testid="message"
      data-seq={message.seq}
      data-own={own}
      data-state={state}
      data-starts={startsGroup}
      data-ends={endsGroup}
      data-group={group}
      data-stands-out={standsOut ? true : undefined}
      {...(standsOut && { tabIndex: -1, ref: standsOut })}
    >
      {group && endsGroup && (
        <Avatar
          id={message.senderId}
          name={personName(message.sender)}
          url={message.sender.avatarUrl}
          small
          className={styles.avatar}
        />
      )}
      <div className={styles.bubble} data-deleted={deleted || undefined} data-card={deal || card ? true : undefined}>
        {group && startsGroup && (
          <span
            data-testid="sender"
            className={styles.sender}
            style={{ '--hue': hueOf(message.senderId) } as React.CSSProperties}
          >
            <bdi>{personName(message.sender)}</bdi>
            {tag && <Tag>{tag}</Tag>}
          </span>
        )}
        {!group && <span className="visually-hidden">{own ? 'You' : isolated(personName(message.sender))}: </span>}
        {message.forwarded && !deleted && (
          <span className={styles.forwarded} data-testid="forwarded">
            <Icon name="forward" /> Forwarded
          </span>
        )}
        {message.replyTo && !deleted && (
          <ReplyQuote
            replyTo={message.replyTo}
            conversation={conversation}
            onGo={() => void history.goTo(conversation.id, message.replyTo?.seq ?? 0)}
          />
        )}
        {!deleted && message.attachments.length > 0 && (
          <MessageAttachments
            files={message.attachments.map((attachment) => ({ attachment }))}
            {...(onOpenPicture && { onOpen: onOpenPicture })}
          />
        )}
        {/* Written as its own first letter says; the time stands where its lines end. */}
        <div dir={deleted ? undefined : 'auto'} data-testid="message-words">
          {deleted ? (
            <span>Message deleted</span>
          ) : deal ? (
            <DealCard message={message} deal={deal} write={write && onAct !== undefined} />
          ) : (
            card && <InfoCard card={card} />
          )}
          {!deleted && !deal && ((!card && message.attachments.length === 0) || message.content || wanted) && (
            <MessageText
              text={wanted ?? (message.content || previewOf(message))}
              mentions={message.mentions}
              people={conversation.participants}
              myId={myId}
            />
          )}
          {!deleted && message.linkPreview && <LinkCard preview={message.linkPreview} />}
          <span className={styles.meta}>
            {message.pinned && !deleted && (
              <span className={styles.pinned} data-testid="pinned" title="Pinned">
                <Icon name="pin" />
                <span className="visually-hidden">Pinned</span>
              </span>
            )}
            {message.editedAt && !deleted && <span title={fullTime(message.editedAt)}>edited</span>}
            <time dir="ltr" dateTime={message.createdAt} title={fullTime(message.createdAt)}>
              {clockTime(message.createdAt)}
            </time>
            {state && !deleted && (
              <Ticks
                state={state}
                label={readersText(conversation, message.seq, myId)}
                title={receiptNames(conversation, message.seq, myId) ?? undefined}
                onOpen={onAct && (() => onAct('receipts', message))}
              />
            )}
          </span>
        </div>
      </div>
      {onAct && !deleted && (
        <MessageMenu
          reachable={reachable}
          content={() => readableText(message.content, message.mentions, conversation.participants)}
          actions={() =>
            actionsOn(message, { own, write, pins: write && pinsIn(conversation, myId, rules?.pinning), rules })
          }
          onAct={(action) => onAct(action, message)}
          onReact={canReact ? (emoji) => void messages.toggleReaction(message, emoji) : undefined}
        />
      )}
      {!deleted && (
        <MessageReactions
          message={message}
          conversation={conversation}
          onToggle={onAct && write ? (emoji) => void messages.toggleReaction(message, emoji) : undefined}
        />
      )}
      {change && !deleted && (
        <PendingChangeLine change={change} onEdit={onAct && write ? () => onAct('edit', message) : undefined} />
      )}
    </div>
  )
})
