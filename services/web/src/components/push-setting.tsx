import { useSyncExternalStore } from 'react'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { InlineError } from './inline-error.tsx'
import styles from './notification-section.module.css'

const texts = {
  unsupported: 'This browser has no pushes.',
  denied: 'You have forbidden pushes to this browser. Allow them in its settings for this page.',
  off: 'No pushes come to this browser.',
  on: 'Pushes come to this browser.',
} as const

/** Whether pushes come to the browser that this is. */
export function PushSetting() {
  const { push } = useSession()
  const { status, busy, failure } = useSyncExternalStore(push.subscribe, push.getState)
  return (
    <div className={styles.here} data-testid="push-here" data-status={status}>
      <p className="muted" role="status">
        {texts[status]}
      </p>
      {status === 'off' && (
        <Button quiet data-testid="push-on" disabled={busy} onClick={() => void push.turnOn()}>
          Turn on here
        </Button>
      )}
      {status === 'on' && (
        <Button quiet data-testid="push-off" onClick={() => void push.turnOff()}>
          Turn off here
        </Button>
      )}
      {failure && <InlineError>{failure}</InlineError>}
    </div>
  )
}
