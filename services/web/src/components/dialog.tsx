import { type ReactNode, useEffect, useRef } from 'react'
import { Icon } from './icon.tsx'

interface DialogProps {
  title: string
  /** At the side, as high as the page. */
  side?: boolean
  onClose(): void
  children: ReactNode
}

/**
 * The browser's own modal dialog: it keeps the focus inside, makes the rest inert, and closes with Escape. What carries
 * `data-first-focus` has the focus first.
 */
export function Dialog({ title, side = false, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null)
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
      className={side ? 'sheet' : undefined}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div className="dialog-body">
        <header className="dialog-head">
          <h2>{title}</h2>
          <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
