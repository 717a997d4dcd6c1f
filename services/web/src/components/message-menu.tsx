import { useRef, useState } from 'react'
import type { MessageAction } from '../chat/rights.ts'
import { EmojiChoice } from './emoji-choice.tsx'
import { Icon, type IconName } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import styles from './message-menu.module.css'
import { useMenu } from './use-menu.ts'

interface MessageMenuProps {
  reachable: boolean
  /** What is copied; asked then. */
  content(): string
  /** Asked when it opens: what can be done ends with time. */
  actions(): readonly MessageAction[]
  onAct(action: MessageAction): void
  /** Left out: nobody may react. */
  onReact?: ((emoji: string) => void) | undefined
}

const labels: Record<MessageAction, { icon: IconName; text: string }> = {
  reply: { icon: 'reply', text: 'Reply' },
  forward: { icon: 'forward', text: 'Forward' },
  edit: { icon: 'edit', text: 'Edit' },
  pin: { icon: 'pin', text: 'Pin' },
  unpin: { icon: 'pin', text: 'Unpin' },
  receipts: { icon: 'info', text: 'Received and read' },
  unread: { icon: 'unread', text: 'Mark as unread' },
  delete: { icon: 'trash', text: 'Delete' },
  report: { icon: 'flag', text: 'Report' },
}

/** As high as it is with all its items. */
const MENU_PX = 380

/** What can be done with a message. */
export function MessageMenu({ reachable, content, actions, onAct, onReact }: MessageMenuProps) {
  const [above, setAbove] = useState(false)
  const [toLeft, setToLeft] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const { open, setOpen, close, onKeyDown } = useMenu<true>(root)

  const toggle = () => {
    const log = root.current?.closest('[role=log]')?.getBoundingClientRect()
    const here = root.current?.getBoundingClientRect()
    // Near the end of the log there is no room below.
    const below = log && here ? log.bottom - here.bottom : MENU_PX
    setAbove(Boolean(log && here && below < MENU_PX && here.top - log.top > below))
    setToLeft(Boolean(log && here && log.right - here.left < 270))
    setOpen(open ? null : true)
  }
  // Of a message that is but a picture there are no words.
  const copied = open ? content() : ''
  const choose = (act: () => void) => () => {
    close()
    act()
  }

  return (
    <div className={styles.root} ref={root} data-open={open !== null}>
      <IconButton
        icon="more"
        className={styles.opener}
        data-testid="message-actions"
        label="Message actions"
        aria-haspopup="menu"
        aria-expanded={open !== null}
        tabIndex={reachable ? 0 : -1}
        onClick={toggle}
      />
      {open && (
        <div
          className={styles.menu}
          role="menu"
          tabIndex={-1}
          onKeyDown={onKeyDown}
          data-above={above}
          data-to-left={toLeft}
        >
          {onReact && <EmojiChoice onChoose={(emoji) => choose(() => onReact(emoji))()} />}
          {copied !== '' && (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              onClick={choose(() => void navigator.clipboard?.writeText(copied))}
            >
              <Icon name="copy" /> Copy
            </button>
          )}
          {actions().map((action) => (
            <button
              key={action}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-danger={action === 'delete' || undefined}
              data-testid={`${action}-message`}
              onClick={choose(() => onAct(action))}
            >
              <Icon name={labels[action].icon} /> {labels[action].text}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
