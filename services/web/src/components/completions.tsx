import type { KeyboardEvent, ReactNode } from 'react'
import styles from './completions.module.css'

export interface Completion {
  key: string
  testId: string
  content: ReactNode
}

interface CompletionsProps {
  id: string
  label: string
  items: readonly Completion[]
  /** Index of the one that Enter takes. */
  chosen: number
  onChoose(index: number): void
}

/** What the words that are being written may become; the field keeps the focus (ARIA: combobox with a list box). */
export function Completions({ id, label, items, chosen, onChoose }: CompletionsProps) {
  return (
    <div id={id} role="listbox" aria-label={label} className={styles.choice}>
      {items.map(({ key, testId, content }, index) => (
        <div
          key={key}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          className={styles.item}
          data-testid={testId}
          // The field keeps the focus, and a phone its keyboard.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(index)}
          onKeyDown={() => {}}
        >
          {content}
        </div>
      ))}
    </div>
  )
}

/** Of a key in the field: what it does to the choice, or null when it is for the field. */
export function stepOf(event: KeyboardEvent, index: number, count: number): number | 'take' | 'dismiss' | null {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step) return (index + step + count) % count
  if (event.key === 'Enter' || event.key === 'Tab') return 'take'
  return event.key === 'Escape' ? 'dismiss' : null
}
