import { Icon } from './icon.tsx'
import styles from './ticks.module.css'

export type OwnState = 'sending' | 'sent' | 'delivered' | 'read' | 'failed' | 'held'

const labels: Record<OwnState, string> = {
  sending: 'Sending',
  sent: 'Sent',
  delivered: 'Delivered',
  read: 'Read',
  failed: 'Not sent',
  held: 'Waits for review',
}

interface TicksProps {
  state: OwnState
  label?: string | undefined
  /** What a pointer over it says, where that is more. */
  title?: string | undefined
  /** To who has it since when. */
  onOpen?: (() => void) | undefined
}

/** One tick: the server has it. Two: everybody has it, and in another colour: everybody has read it. */
export function Ticks({ state, label = labels[state], title = label, onOpen }: TicksProps) {
  const ticks = (
    <span className={styles.ticks} dir="ltr" data-state={state} role="img" aria-label={label} title={title}>
      {(state === 'sending' || state === 'held') && <Icon name="clock" />}
      {state === 'failed' && <Icon name="alert" />}
      {state === 'sent' && <Icon name="check" />}
      {(state === 'delivered' || state === 'read') && (
        <>
          <Icon name="check" />
          <Icon name="check" />
        </>
      )}
    </span>
  )
  if (!onOpen) return ticks
  return (
    // By keyboard it is an item of the message's menu.
    <button type="button" className={styles.opener} tabIndex={-1} data-testid="open-receipts" onClick={onOpen}>
      {ticks}
    </button>
  )
}
