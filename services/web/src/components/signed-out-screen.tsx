import { type SignedOut, signedOutTexts } from '../text/signed-out.ts'
import { Button } from './button.tsx'
import { DialogFoot } from './dialog.tsx'
import { Logo } from './logo.tsx'
import styles from './sign-in-screen.module.css'

interface SignedOutScreenProps {
  why: SignedOut
  onSignIn(): void
}

/** For whom was here and is not any more, whether they wanted that or not. */
export function SignedOutScreen({ why, onSignIn }: SignedOutScreenProps) {
  return (
    <main className={styles.screen} data-testid="signed-out" data-why={why}>
      <div className={styles.card}>
        <Logo />
        {/* What was on the screen is gone without a word of theirs: it is read out. */}
        <div className={styles.said} role="alert">
          <h1>You are signed out</h1>
          <p>{signedOutTexts[why]}</p>
        </div>
        <p className="muted">If it was not you, tell those who run the place where you came from.</p>
        <DialogFoot>
          <Button autoFocus data-testid="sign-in-again" onClick={onSignIn}>
            Sign in again
          </Button>
        </DialogFoot>
      </div>
    </main>
  )
}
