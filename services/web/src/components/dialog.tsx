import { type ReactNode, useEffect, useRef } from 'react'
import { belongsToInputMethod } from '../text/keys.ts'
import styles from './dialog.module.css'
import { IconButton } from './icon-button.tsx'
import { useOverlay } from './use-overlay.ts'

interface DialogProps {
  title: string
  /** At the side, as high as the page. */
  side?: boolean
  onClose(): void
  children: ReactNode
}

/**
 * The browser's own modal dialog: it keeps the focus inside, makes the rest inert, and closes with Escape and "back". What carries
 * `data-first-focus` has the focus first.
 */
export function Dialog({ title, side = false, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
  useOverlay(onClose)
  useEffect(() => {
    const element = ref.current
    const opener = document.activeElement
    element?.showModal()
    element?.querySelector<HTMLElement>('[data-first-focus]')?.focus()
    return () => {
      element?.close()
      if (opener instanceof HTMLElement) opener.focus()
    }
  }, [])
  return (
    // A click on the backdrop closes as well; Escape is the key for it.
    <dialog
      ref={ref}
      className={styles.dialog}
      data-side={side || undefined}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        // React lets it bubble to the dialog that this one was opened from.
        if (event.target === ref.current) onClose()
      }}
      onKeyDown={(event) => {
        event.stopPropagation()
        if (event.key === 'Escape' && belongsToInputMethod(event.nativeEvent)) event.preventDefault()
      }}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div className={styles.body}>
        <header className={styles.head}>
          <h2>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** What one can do in a dialog, or in a part of one, at its end. */
export function DialogFoot({ children }: { children: ReactNode }) {
  return <div className={styles.foot}>{children}</div>
}
