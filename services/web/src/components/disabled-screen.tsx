import { Button } from './button.tsx'
import { DialogFoot } from './dialog.tsx'
import { Logo } from './logo.tsx'
import styles from './sign-in-screen.module.css'

interface DisabledScreenProps {
  onRetry(): void
  onSwitch(): void
}

/** For whom the host has shut out. */
export function DisabledScreen({ onRetry, onSwitch }: DisabledScreenProps) {
  return (
    <main className={styles.screen} data-testid="disabled">
      <div className={styles.card}>
        <Logo />
        <h1>This account is disabled</h1>
        <p>You cannot read or write messages with it. Nothing of yours has been deleted.</p>
        <p className="muted">
          If you think that this is a mistake, write to those who run the place where you came from.
        </p>
        <DialogFoot>
          <Button quiet onClick={onSwitch}>
            Use another account
          </Button>
          <Button onClick={onRetry}>Try again</Button>
        </DialogFoot>
      </div>
    </main>
  )
}
