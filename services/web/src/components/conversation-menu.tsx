import type { NotificationLevel } from '@parley/contracts'
import { type CSSProperties, useRef, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { isMuted } from '../chat/own-conversations.ts'
import { conversationName, isolated } from '../text/names.ts'
import { levelTexts } from '../text/notifications.ts'
import { useChat, useSession } from './chat-context.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import styles from './conversation-menu.module.css'
import { Icon, type IconName } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { useMenu } from './use-menu.ts'
import { useNotificationLevel } from './use-notification-level.ts'
import { allClosed } from './use-overlay.ts'

export interface MenuItem {
  id: string
  icon: IconName
  text: string
  danger?: boolean
  /** One of several, of which one holds. */
  checked?: boolean
  act(): void
}

interface ConversationMenuProps {
  conversation: HeldConversation
  /** What its place adds, above the rest. */
  more?: readonly MenuItem[]
}

const HOUR = 3_600_000
const spans = [
  { id: 'mute-hour', text: 'For an hour', ms: HOUR },
  { id: 'mute-eight-hours', text: 'For eight hours', ms: 8 * HOUR },
  { id: 'mute-week', text: 'For a week', ms: 7 * 24 * HOUR },
  { id: 'mute-forever', text: 'Until I unmute it', ms: null },
]
const levelIcons = { all: 'bell', mentions: 'person', nothing: 'bell-off' } as const
/** As wide as the stylesheet says, and as high as the longest. */
const [WIDTH, HEIGHT, GAP] = [220, 280, 4]
const titles = { all: 'Conversation', mute: 'Mute', level: 'Notifications' }

/** What one does with a conversation for oneself, in the list and above the messages. */
export function ConversationMenu({ conversation, more = [] }: ConversationMenuProps) {
  const { id, me } = conversation
  const { own, store } = useSession()
  const myId = useChat((state) => state.me?.userId)
  const [place, setPlace] = useState<CSSProperties>({})
  const [asks, setAsks] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const { open, setOpen, close, onKeyDown } = useMenu<keyof typeof titles>(root, { closesOnScroll: true })
  const { level, choose } = useNotificationLevel(id, open === 'level')

  const toggle = () => {
    const here = root.current?.getBoundingClientRect()
    if (here)
      setPlace({
        left: Math.max(GAP, Math.min(here.left, innerWidth - WIDTH - 2 * GAP)),
        ...(here.bottom + HEIGHT > innerHeight ? { bottom: innerHeight - here.top + GAP } : { top: here.bottom + GAP }),
      })
    setOpen(open ? null : 'all')
  }
  const remove = async () => {
    // The conversation goes, and what lies over it before.
    await allClosed()
    if ((await own.act('delete', id)) && store.getState().openId === id)
      store.dispatch({ type: 'conversation_opened', conversationId: null })
  }

  const muted = isMuted(conversation)
  const all: MenuItem[] = [
    ...more,
    me.pinnedAt
      ? { id: 'unpin-conversation', icon: 'pin', text: 'Unpin', act: () => own.act('unpin', id) }
      : { id: 'pin-conversation', icon: 'pin', text: 'Pin to the top', act: () => own.act('pin', id) },
    muted
      ? { id: 'unmute-conversation', icon: 'bell', text: 'Unmute', act: () => own.act('unmute', id) }
      : { id: 'mute-conversation', icon: 'bell-off', text: 'Mute…', act: () => setOpen('mute') },
    { id: 'notification-level', icon: 'settings', text: 'Notifications…', act: () => setOpen('level') },
    me.archivedAt
      ? { id: 'unarchive-conversation', icon: 'archive', text: 'Bring back', act: () => own.act('unarchive', id) }
      : { id: 'archive-conversation', icon: 'archive', text: 'Archive', act: () => own.act('archive', id) },
    { id: 'delete-conversation', icon: 'trash', text: 'Delete for me', danger: true, act: () => setAsks(true) },
  ]
  const mutes = spans.map(({ ms, ...span }): MenuItem => ({ ...span, icon: 'clock', act: () => void own.mute(id, ms) }))

  const levels = (Object.keys(levelTexts) as NotificationLevel[]).map(
    (one): MenuItem => ({
      id: `level-${one}`,
      icon: level === one ? 'check' : levelIcons[one],
      text: levelTexts[one],
      checked: level === one,
      act: () => void choose(one),
    }),
  )
  const items = { all, mute: mutes, level: levels }

  return (
    <div className={styles.root} ref={root} data-menu data-open={open !== null}>
      <IconButton
        icon="more"
        data-testid="conversation-actions"
        label={`Actions for ${conversationName(conversation, myId)}`}
        title="Pin, mute, archive, delete"
        aria-haspopup="menu"
        aria-expanded={open !== null}
        onClick={toggle}
      />
      {open && (
        <div
          className={styles.menu}
          style={place}
          aria-label={titles[open]}
          role="menu"
          tabIndex={-1}
          onKeyDown={onKeyDown}
        >
          {items[open].map((item) => (
            // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it is checked only where it is a radio
            <button
              key={item.id}
              type="button"
              role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
              aria-checked={item.checked}
              tabIndex={-1}
              data-danger={item.danger}
              data-testid={item.id}
              onClick={() => {
                close()
                item.act()
              }}
            >
              <Icon name={item.icon} /> {item.text}
            </button>
          ))}
        </div>
      )}
      {asks && (
        <ConfirmDialog
          title={`Delete “${isolated(conversationName(conversation, myId))}” for you?`}
          action="Delete"
          keep="Keep"
          testId="confirm-delete-conversation"
          onConfirm={() => void remove()}
          onClose={() => setAsks(false)}
        >
          <p>
            What was written there is gone from all of your devices, for good. The others keep it, and the conversation
            comes back to your list when something new is written.
          </p>
        </ConfirmDialog>
      )}
    </div>
  )
}
