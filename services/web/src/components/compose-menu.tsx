import { useRef } from 'react'
import styles from './compose-menu.module.css'
import { Icon, type IconName } from './icon.tsx'
import { IconButton } from './icon-button.tsx'
import { useMenu } from './use-menu.ts'

/** What is made in a form of its own, besides text that is sent at once. */
export type Made = 'service_offer' | 'booking_request' | 'later' | 'canned'

const choices: readonly { kind: Made; icon: IconName; text: string; testId: string }[] = [
  { kind: 'service_offer', icon: 'tag', text: 'Make an offer', testId: 'make-offer' },
  { kind: 'booking_request', icon: 'calendar', text: 'Request a booking', testId: 'make-booking' },
  { kind: 'later', icon: 'clock', text: 'Send later', testId: 'send-later' },
  { kind: 'canned', icon: 'bolt', text: 'Saved replies', testId: 'open-canned' },
]

export function ComposeMenu({ onMake }: { onMake(kind: Made): void }) {
  const root = useRef<HTMLDivElement>(null)
  const { open, setOpen, onKeyDown } = useMenu<true>(root)

  const make = (kind: Made) => {
    setOpen(null)
    onMake(kind)
  }

  return (
    <div className={styles.root} ref={root}>
      <IconButton
        icon="plus"
        data-testid="compose-more"
        label="More to send"
        title="More to send"
        aria-haspopup="menu"
        aria-expanded={open !== null}
        onClick={() => setOpen(open ? null : true)}
      />
      {open && (
        <div className={styles.menu} role="menu" tabIndex={-1} onKeyDown={onKeyDown}>
          {choices.map(({ kind, icon, text, testId }) => (
            <button
              key={kind}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-testid={testId}
              onClick={() => make(kind)}
            >
              <Icon name={icon} /> {text}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
