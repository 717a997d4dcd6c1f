import type { ReplayWebhook } from '@parley/contracts'
import { type FormEvent, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { Field } from '../components/field.tsx'
import { InlineError } from '../components/inline-error.tsx'
import { toRequestFailure } from '../net/request-failure.ts'
import { fieldTime } from '../text/dates.ts'
import styles from './webhooks-tab.module.css'

const DAY_MS = 86_400_000

interface WebhookReplayProps {
  webhookId: string
  onReplayed(): void
}

/** Sends again what happened in a time: a server was away, or has lost what it was told. */
export function WebhookReplay({ webhookId, onReplayed }: WebhookReplayProps) {
  const { webhooks } = useSession()
  const [times, setTimes] = useState(() => ({
    from: fieldTime(new Date(Date.now() - DAY_MS)),
    // Everything until now.
    to: fieldTime(new Date(Date.now() + 60_000)),
  }))
  const [status, setStatus] = useState<NonNullable<ReplayWebhook['status']> | ''>('failed')
  const [outcome, setOutcome] = useState<{ replayed: number } | { refusal: string } | null>(null)
  const [busy, setBusy] = useState(false)
  const isGood = times.from !== '' && times.to !== '' && times.from < times.to

  /** One call replays so many: on, until it is all. */
  const replayAll = async () => {
    const to = new Date(times.to).toISOString()
    let replayed = 0
    for (let from: string | null = new Date(times.from).toISOString(); from !== null; ) {
      const part = await webhooks.replayWebhook({ webhookId, from, to, ...(status && { status }) })
      replayed += part.replayed
      from = part.nextFrom
    }
    return replayed
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!isGood || busy) return
    setBusy(true)
    try {
      setOutcome({ replayed: await replayAll() })
      onReplayed()
    } catch (err) {
      setOutcome({ refusal: toRequestFailure(err).message })
    }
    setBusy(false)
  }

  return (
    <details className={styles.replay}>
      <summary data-testid="replay-range">Send again what happened in a time</summary>
      <form className={styles.form} onSubmit={submit}>
        <div className={styles.range}>
          <Field label="From">
            <input
              type="datetime-local"
              required
              data-testid="replay-from"
              value={times.from}
              onChange={({ target }) => setTimes({ ...times, from: target.value })}
            />
          </Field>
          <Field label="To">
            <input
              type="datetime-local"
              required
              data-testid="replay-to"
              value={times.to}
              onChange={({ target }) => setTimes({ ...times, to: target.value })}
            />
          </Field>
          <Field label="Which">
            <select
              data-testid="replay-status"
              value={status}
              onChange={({ target }) => setStatus(target.value as typeof status)}
            >
              <option value="failed">What failed</option>
              <option value="delivered">What was delivered</option>
              <option value="">All</option>
            </select>
          </Field>
          <Button type="submit" data-testid="replay" disabled={!isGood || busy}>
            Send again
          </Button>
        </div>
        {outcome && 'refusal' in outcome && <InlineError>{outcome.refusal}</InlineError>}
        {outcome && 'replayed' in outcome && (
          <p className="muted" role="status">
            {outcome.replayed === 1 ? 'One delivery is' : `${outcome.replayed} deliveries are`} sent again.
          </p>
        )}
      </form>
    </details>
  )
}
