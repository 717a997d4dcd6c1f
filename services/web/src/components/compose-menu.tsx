import { useEffect, useRef, useState } from 'react'
import styles from './compose-menu.module.css'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'

/** What is sent besides text, and made in a form of its own. */
export type Made = 'service_offer' | 'booking_request'

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
        label="Offer or booking request"
        title="Offer or booking request"
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
          <button type="button" role="menuitem" data-testid="make-offer" onClick={() => make('service_offer')}>
            <Icon name="tag" /> Make an offer
          </button>
          <button type="button" role="menuitem" data-testid="make-booking" onClick={() => make('booking_request')}>
            <Icon name="calendar" /> Request a booking
          </button>
        </div>
      )}
    </div>
  )
}
