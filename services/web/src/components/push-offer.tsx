import { useSyncExternalStore } from 'react'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { Icon } from './icon.tsx'
import styles from './push-offer.module.css'

/** Offered once, when somebody has written something that may be answered. */
export function PushOffer() {
  const { push } = useSession()
  const { offered, busy } = useSyncExternalStore(push.subscribe, push.getState)
  return (
    <div aria-live="polite">
      {offered && (
        <section className={styles.offer} data-testid="push-offer" aria-label="Notifications">
          <Icon name="bell" />
          <p>Do you want to be told of answers when this page is closed?</p>
          <Button quiet data-testid="push-decline" onClick={() => push.decline()}>
            Not now
          </Button>
          <Button data-testid="push-accept" disabled={busy} onClick={() => void push.turnOn()}>
            Turn on
          </Button>
        </section>
      )}
    </div>
  )
}
