import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { Dialog, DialogFoot } from '../components/dialog.tsx'
import styles from './webhooks-tab.module.css'

/** What a webhook is signed with: nobody shows it again. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose(): void }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    // Withheld outside a secure context: then it is marked and copied by hand.
    await navigator.clipboard?.writeText(secret)
    setCopied(navigator.clipboard !== undefined)
  }
  return (
    <Dialog title="The secret of this webhook" onClose={onClose}>
      <p>What it is sent is signed with this. It is shown this once: keep it where your server reads it.</p>
      <code className={styles.secret} data-testid="webhook-secret">
        {secret}
      </code>
      <DialogFoot>
        <Button quiet data-first-focus onClick={() => void copy().catch(() => setCopied(false))}>
          {copied ? 'Copied' : 'Copy'}
        </Button>
        <Button data-testid="secret-kept" onClick={onClose}>
          I have kept it
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
