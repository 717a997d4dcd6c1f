import type { Message } from '@parley/contracts'
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { type Outgoing, shownOutgoing } from '../chat/outgoing.ts'
import { shownUnread, unreadLabel } from '../chat/read-state.ts'
import { emptyTimeline } from '../chat/timeline.ts'
import { conversationRows } from '../text/conversation-rows.ts'
import { dayLabel } from '../text/dates.ts'
import { conversationName } from '../text/names.ts'
import { Button } from './button.tsx'
import { useChat, useIsAway, useSource } from './chat-context.ts'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import { type MessageAction, MessageItem } from './message-item.tsx'
import styles from './message-list.module.css'
import { OutgoingItem } from './outgoing-item.tsx'
import { useScrollKeeping } from './use-scroll-keeping.ts'

interface MessageListProps {
  conversation: HeldConversation
  /** The message that somebody comes to read: it is gone to and stands out. */
  about?: number | null
  /** Left out: they are only read. */
  onAct?(action: MessageAction, message: Message): void
}

const nothing: readonly Outgoing[] = []

export function MessageList({ conversation, about = null, onAct }: MessageListProps) {
  const { id } = conversation
  const { history } = useSource()
  const myId = useChat((state) => state.me?.userId)
  const isAway = useIsAway()
  const timeline = useChat((state) => state.timelines[id]) ?? emptyTimeline
  const outgoing = useChat((state) => state.outgoing[id]) ?? nothing
  const newAfter = useChat((state) => state.newAfter)
  const unread = useChat((state) => shownUnread(state, conversation))
  const { messages, hasOlder, status, loadingOlder, loadingNewer, partial, detail } = timeline
  const rows = useMemo(() => conversationRows(timeline, newAfter ?? null, myId), [timeline, newAfter, myId])
  // Below a stretch that does not go to the end they would stand in the wrong place.
  const pending = partial ? nothing : shownOutgoing(outgoing)
  const lastWithMenu = messages.findLast((message) => message.type !== 'system' && !message.deletedAt)
  const scroll = useScrollKeeping({
    conversationId: id,
    first: messages[0]?.seq,
    last: messages.at(-1)?.seq,
    pending: outgoing.length,
    ready: status === 'ready' && newAfter !== undefined,
    hasNewer: partial,
    newAfter,
    about,
    loadOlder: () => hasOlder && !loadingOlder && void history.loadOlder(id),
    loadNewer: () => !loadingNewer && void history.loadNewer(id),
  })
  const goDown = () => {
    if (!scroll.goDown()) void history.loadLatest(id)
  }
  // Whoever writes goes on at the end.
  const before = useRef(outgoing.length)
  useEffect(() => {
    if (partial && outgoing.length > before.current) goDown()
    before.current = outgoing.length
  })

  return (
    <div className={styles.frame}>
      <div
        className={styles.log}
        ref={scroll.ref}
        role="log"
        aria-live="polite"
        aria-relevant="additions"
        aria-busy={status === 'loading' || loadingOlder}
        aria-label={`Messages with ${conversationName(conversation, myId)}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
        tabIndex={0}
        onKeyDown={walkMessages}
        onScroll={scroll.onScroll}
      >
        <div className={styles.content} ref={scroll.contentRef}>
          {status === 'loading' && messages.length === 0 && <p className={styles.note}>Loading messages…</p>}
          {status === 'failed' && isAway && (
            <p className={`muted ${styles.note}`}>Messages come as soon as the connection is back.</p>
          )}
          {status === 'failed' && !isAway && (
            <div className={styles.note}>
              <InlineError>{detail}</InlineError>
              <Button quiet onClick={() => history.loadAfter(id, newAfter ?? null)}>
                Try again
              </Button>
            </div>
          )}
          {status === 'ready' && hasOlder && (
            <Button quiet className={styles.older} disabled={loadingOlder} onClick={() => history.loadOlder(id)}>
              {loadingOlder ? 'Loading older messages…' : 'Load older messages'}
            </Button>
          )}
          {status === 'ready' && messages.length === 0 && pending.length === 0 && (
            <p className={`muted ${styles.note}`}>No messages yet. Say hello.</p>
          )}
          {rows.map((row) => {
            if (row.kind === 'day')
              return (
                <p className={styles.day} key={row.key}>
                  <span>{dayLabel(row.at)}</span>
                </p>
              )
            if (row.kind === 'unread')
              return (
                <p className={styles.unread} key={row.key} data-testid="new-messages" data-new-messages>
                  <span>New messages</span>
                </p>
              )
            return (
              <MessageItem
                key={row.key}
                message={row.message}
                startsGroup={row.startsGroup}
                endsGroup={row.endsGroup}
                conversation={conversation}
                reachable={row.message === lastWithMenu}
                standsOut={row.message.seq === about}
                {...(onAct && { onAct })}
              />
            )
          })}
          {loadingNewer && <p className={styles.note}>Loading newer messages…</p>}
          {pending.map((entry) => (
            <OutgoingItem key={entry.clientId} entry={entry} />
          ))}
        </div>
      </div>
      {!scroll.atEnd && messages.length > 0 && (
        <button
          type="button"
          className={styles.toEnd}
          data-testid="go-down"
          onClick={goDown}
          aria-label={unread > 0 ? newBelow(unread) : 'Go to the latest message'}
        >
          {unread > 0 && <span>{newBelow(unread)}</span>}
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}

const newBelow = (count: number) => (count === 1 ? '1 new message' : `${unreadLabel(count)} new messages`)

const opener = '[aria-haspopup=menu]'

/** One Tab stop for all the message menus; the arrows go from one to the next. */
function walkMessages(event: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const target = event.target as HTMLElement
  if (!step || !target.matches(opener)) return
  const buttons = [...event.currentTarget.querySelectorAll<HTMLElement>(opener)]
  const next = buttons[buttons.indexOf(target) + step]
  event.preventDefault()
  next?.focus()
}
