import { useEffect, useRef, useState } from 'react'
import styles from './compose-menu.module.css'
import { Icon, type IconName } from './icon.tsx'
import { IconButton } from './icon-button.tsx'

/** What is made in a form of its own, besides text that is sent at once. */
export type Made = 'service_offer' | 'booking_request' | 'later' | 'canned'

const choices: readonly { kind: Made; icon: IconName; text: string; testId: string }[] = [
  { kind: 'service_offer', icon: 'tag', text: 'Make an offer', testId: 'make-offer' },
  { kind: 'booking_request', icon: 'calendar', text: 'Request a booking', testId: 'make-booking' },
  { kind: 'later', icon: 'clock', text: 'Send later', testId: 'send-later' },
  { kind: 'canned', icon: 'bolt', text: 'Saved replies', testId: 'open-canned' },
]

export function ComposeMenu({ onMake }: { onMake(kind: Made): void }) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (!open) return
    root.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus()
    const closeOutside = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    document.addEventListener('pointerdown', closeOutside)
    return () => document.removeEventListener('pointerdown', closeOutside)
  }, [open])

  const make = (kind: Made) => {
    setOpen(false)
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
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div
          className={styles.menu}
          role="menu"
          tabIndex={-1}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
            const items = [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])]
            if (step) items.at((items.indexOf(event.target as HTMLElement) + step) % items.length)?.focus()
            else if (event.key === 'Escape' || event.key === 'Tab') {
              setOpen(false)
              if (event.key === 'Escape') root.current?.querySelector('button')?.focus()
            } else return
            if (event.key !== 'Tab') event.preventDefault()
          }}
        >
          {choices.map(({ kind, icon, text, testId }) => (
            <button key={kind} type="button" role="menuitem" data-testid={testId} onClick={() => make(kind)}>
              <Icon name={icon} /> {text}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}
