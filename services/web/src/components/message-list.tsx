import type { Message } from '@parley/contracts'
import { type KeyboardEvent, lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import {
  type ContextProp,
  type FlatIndexLocationWithAlign,
  type ScrollerProps,
  Virtuoso,
  type VirtuosoHandle,
} from 'react-virtuoso'
import type { HeldConversation } from '../chat/chat-state.ts'
import { type Outgoing, shownOutgoing } from '../chat/outgoing.ts'
import { shownUnread, unreadLabel } from '../chat/read-state.ts'
import type { MessageAction } from '../chat/rights.ts'
import { emptyStretch, nextStretch } from '../chat/stretch.ts'
import { emptyTimeline, type Timeline } from '../chat/timeline.ts'
import { conversationRows, type Row } from '../text/conversation-rows.ts'
import { dayLabel } from '../text/dates.ts'
import { conversationName } from '../text/names.ts'
import { ArrivalAnnouncer } from './arrival-announcer.tsx'
import { Button } from './button.tsx'
import { useChat, useIsAway, useSource } from './chat-context.ts'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import { MessageItem } from './message-item.tsx'
import styles from './message-list.module.css'
import { OutgoingItem } from './outgoing-item.tsx'
import { ABOVE_PX, useScrollKeeping } from './use-scroll-keeping.ts'

interface MessageListProps {
  conversation: HeldConversation
  /** The message that somebody comes to read: it is gone to and stands out. */
  about?: number | null
  /** Left out: they are only read. */
  onAct?(action: MessageAction, message: Message): void
}

type Drawn = Row | { entry: Outgoing }

/** What the parts of the virtual list that are not messages have to know. */
interface Surroundings {
  label: string
  busy: boolean
  timeline: Timeline
  loadOlder(): void
}

const nothing: readonly Outgoing[] = []
/** Loaded when the first picture is opened. */
const Gallery = lazy(() => import('./gallery.tsx'))

export function MessageList({ conversation, about = null, onAct }: MessageListProps) {
  const { id } = conversation
  const { history } = useSource()
  const myId = useChat((state) => state.me?.userId)
  const timeline = useChat((state) => state.timelines[id]) ?? emptyTimeline
  const outgoing = useChat((state) => state.outgoing[id]) ?? nothing
  const newAfter = useChat((state) => state.newAfter)
  const sought = useChat((state) => (state.sought?.conversationId === id ? state.sought : null))
  const unread = useChat((state) => shownUnread(state, conversation))
  const { messages, hasOlder, status, loadingOlder, loadingNewer, partial } = timeline
  const rows = useMemo(() => conversationRows(timeline, newAfter ?? null, myId), [timeline, newAfter, myId])
  // Below a stretch that does not go to the end they would stand in the wrong place.
  const pending = useMemo(() => (partial ? nothing : shownOutgoing(outgoing)), [partial, outgoing])
  const drawn = useMemo((): Drawn[] => [...rows, ...pending.map((entry) => ({ entry }))], [rows, pending])
  const lastWithMenu = messages.findLast((message) => message.type !== 'system' && !message.deletedAt)
  const held = useRef(emptyStretch)
  const stretch = nextStretch(held.current, messages)
  held.current = stretch
  const list = useRef<VirtuosoHandle>(null)
  const [opened, setOpened] = useState<string | null>(null)
  const closePicture = useCallback(() => setOpened(null), [])
  const target = sought?.seq ?? about
  const focusOnce = useFocusOnce(sought ?? about)
  const indexOf = (seq: number) => rows.findIndex(({ message }) => message.seq === seq)
  const lineIndex = rows.findIndex(({ startsUnread }) => startsUnread)
  const ready = status === 'ready' && newAfter !== undefined
  const scroll = useScrollKeeping(list, {
    conversationId: id,
    generation: stretch.generation,
    firstIndex: stretch.firstIndex,
    last: messages.at(-1)?.seq,
    pending: outgoing.length,
    ready,
    hasNewer: partial,
    sought,
    indexOf,
    beginning: () => beginning(),
    lineIndex,
    loadOlder: () => hasOlder && !loadingOlder && void history.loadOlder(id),
    loadNewer: () => !loadingNewer && void history.loadNewer(id),
    loadLatest: () => history.loadLatest(id),
  })
  const { goDown } = scroll
  // Whoever writes goes on at the end.
  const before = useRef(outgoing.length)
  useEffect(() => {
    if (partial && outgoing.length > before.current) goDown()
    before.current = outgoing.length
  })

  /** Where a list that is new begins: at what is sought, at what is new, or at its end. */
  const beginning = (): FlatIndexLocationWithAlign => {
    const at = target === null ? -1 : indexOf(target)
    if (scroll.wantsEnd()) return { index: 'LAST', align: 'end' }
    if (at >= 0) return { index: at, align: 'center' }
    if (lineIndex >= 0) return { index: lineIndex, align: 'start', offset: -ABOVE_PX }
    return { index: 'LAST', align: 'end' }
  }
  const surroundings: Surroundings = {
    label: `Messages with ${conversationName(conversation, myId)}`,
    busy: status === 'loading' || loadingOlder,
    timeline,
    loadOlder: () => void history.loadOlder(id),
  }

  return (
    <div className={styles.frame}>
      {ready && drawn.length > 0 ? (
        <Virtuoso<Drawn, Surroundings>
          key={`${id}:${stretch.generation}`}
          ref={list}
          scrollerRef={scroll.scrollerRef}
          data={drawn}
          context={surroundings}
          firstItemIndex={stretch.firstIndex}
          initialTopMostItemIndex={beginning()}
          alignToBottom
          increaseViewportBy={600}
          components={parts}
          computeItemKey={(_, item) => ('entry' in item ? item.entry.clientId : item.message.id)}
          itemContent={(_, item) =>
            'entry' in item ? (
              <div className={styles.row}>
                <OutgoingItem entry={item.entry} />
              </div>
            ) : (
              <div className={styles.row}>
                {item.startsDay && (
                  <p className={styles.day}>
                    <span>{dayLabel(item.message.createdAt)}</span>
                  </p>
                )}
                {item.startsUnread && (
                  <p className={styles.unread} data-testid="new-messages" data-new-messages>
                    <span>New messages</span>
                  </p>
                )}
                <MessageItem
                  message={item.message}
                  startsGroup={item.startsGroup}
                  endsGroup={item.endsGroup}
                  conversation={conversation}
                  reachable={item.message === lastWithMenu}
                  {...(item.message.seq === target && { standsOut: focusOnce })}
                  onOpenPicture={setOpened}
                  {...(onAct && { onAct })}
                />
              </div>
            )
          }
        />
      ) : (
        <div className={styles.log} role="log" aria-busy={surroundings.busy} aria-label={surroundings.label}>
          <WithoutMessages timeline={timeline} onRetry={() => history.loadAfter(id, newAfter ?? null)} />
        </div>
      )}
      {opened !== null && (
        <Suspense>
          <Gallery conversationId={id} attachmentId={opened} onClose={closePicture} />
        </Suspense>
      )}
      <ArrivalAnnouncer message={messages.at(-1)} />
      {!scroll.atEnd && messages.length > 0 && (
        <button
          type="button"
          className={styles.toEnd}
          data-testid="go-down"
          onClick={() => {
            // The button goes.
            scroll.focus()
            goDown()
          }}
          aria-label={unread > 0 ? newBelow(unread) : 'Go to the latest message'}
        >
          {unread > 0 && <span>{newBelow(unread)}</span>}
          <Icon name="down" />
        </button>
      )}
    </div>
  )
}

/** Where one comes to read is where the keyboard and a screen reader go on from, and not again when it is drawn anew. */
function useFocusOnce(reason: unknown) {
  const focused = useRef<unknown>(null)
  return useCallback(
    (element: HTMLElement | null) => {
      if (!element || focused.current === reason) return
      focused.current = reason
      element.focus({ preventScroll: true })
    },
    [reason],
  )
}

function WithoutMessages({ timeline: { status, detail }, onRetry }: { timeline: Timeline; onRetry(): void }) {
  const isAway = useIsAway()
  if (status === 'loading') return <p className={styles.note}>Loading messages…</p>
  if (status === 'failed' && isAway)
    return <p className={`muted ${styles.note}`}>Messages come as soon as the connection is back.</p>
  if (status === 'failed')
    return (
      <div className={styles.note}>
        <InlineError>{detail}</InlineError>
        <Button quiet onClick={onRetry}>
          Try again
        </Button>
      </div>
    )
  return <p className={`muted ${styles.note}`}>No messages yet. Say hello.</p>
}

/**
 * The log is no live region: messages come into it by scrolling as well, and only those that arrive are announced. The library
 * makes it scroll, and a region that scrolls has to be reachable by keyboard.
 */
function Log({ context, children, ...rest }: ScrollerProps & ContextProp<Surroundings>) {
  return (
    <div
      {...rest}
      className={styles.log}
      role="log"
      aria-live="off"
      aria-busy={context.busy}
      aria-label={context.label}
      onKeyDown={walkMessages}
    >
      {children}
    </div>
  )
}

function Above({ context: { timeline, loadOlder } }: ContextProp<Surroundings>) {
  const { hasOlder, loadingOlder } = timeline
  return (
    <div className={styles.above}>
      {hasOlder && (
        <Button quiet disabled={loadingOlder} onClick={loadOlder}>
          {loadingOlder ? 'Loading older messages…' : 'Load older messages'}
        </Button>
      )}
    </div>
  )
}

function Below({ context: { timeline } }: ContextProp<Surroundings>) {
  return (
    <div className={styles.below}>
      {timeline.partial && <p className={styles.note}>{timeline.loadingNewer ? 'Loading newer messages…' : ' '}</p>}
    </div>
  )
}

/** The same functions each time: others would be other components. */
const parts = { Scroller: Log, Header: Above, Footer: Below }

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
