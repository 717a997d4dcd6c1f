import type { DeadLetter, RedriveDeadLetters } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { PagesEnd } from '../components/pages-end.tsx'
import { usePages } from '../components/use-pages.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { fullTime, listTime } from '../text/dates.ts'
import { receiverText, undeliveredText } from '../text/undelivered.ts'
import pageStyles from './admin-page.module.css'
import styles from './undelivered-tab.module.css'

/** Notifications that no device and no address took; each can be tried again, or all of them. */
export function UndeliveredTab() {
  const session = useSession()
  const { notifications } = session
  const [channel, setChannel] = useState<RedriveDeadLetters['channel'] | ''>('')
  const [busy, setBusy] = useState(false)
  const only = channel && { channel }
  const load = useCallback(
    (cursor: string | undefined) => notifications.listDeadLetters({ limit: 50, cursor, ...(channel && { channel }) }),
    [notifications, channel],
  )
  const pages = usePages(load)

  /** One call takes so many: on, until it is all. */
  const redrive = async (which: RedriveDeadLetters) => {
    setBusy(true)
    try {
      let redriven = 0
      for (let hasMore = true; hasMore; ) {
        const part = await notifications.redriveDeadLetters(which)
        redriven += part.redriven
        hasMore = part.hasMore && part.redriven > 0
      }
      session.notify(redriven === 1 ? 'One is tried again.' : `${redriven} are tried again.`)
    } catch (err) {
      session.notify(toRequestFailure(err).message)
    }
    setBusy(false)
    pages.reload()
  }

  return (
    <div className={pageStyles.page} data-testid="undelivered">
      <div className={pageStyles.head}>
        <h2>Undelivered notifications</h2>
        <select
          aria-label="By which way"
          value={channel}
          onChange={(event) => setChannel(event.target.value as typeof channel)}
        >
          <option value="">All ways</option>
          <option value="web_push">Browsers</option>
          <option value="fcm">Android</option>
          <option value="apns">Apple</option>
          <option value="email">E-mail</option>
        </select>
      </div>
      <p className="muted">
        Kept for 30 days, without the words of the messages. What was read meanwhile stays here when it is tried again.
      </p>
      <ul>
        {pages.items.map((letter) => (
          <Undelivered key={letter.id} letter={letter} busy={busy} onRedrive={() => redrive({ ids: [letter.id] })} />
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="Everything has reached somebody." />
      {pages.items.length > 0 && (
        <div className={pageStyles.foot}>
          <Button data-testid="redrive-all" disabled={busy} onClick={() => redrive(only || {})}>
            Try all again
          </Button>
        </div>
      )}
    </div>
  )
}

interface UndeliveredProps {
  letter: DeadLetter
  busy: boolean
  onRedrive(): void
}

function Undelivered({ letter, busy, onRedrive }: UndeliveredProps) {
  const { userId, channel, reason, settledAt } = letter
  return (
    <li className={styles.row} data-testid="undelivered-item">
      <span className={styles.what}>
        To{' '}
        <bdi>
          <strong>{userId}</strong>
        </bdi>
        , {receiverText(channel)}
        <span className={`muted ${styles.reason}`} dir="auto">
          {' '}
          {undeliveredText(letter)}
          {reason && `: ${reason}`}
        </span>
      </span>
      <time className="muted" dateTime={settledAt} title={fullTime(settledAt)}>
        {listTime(settledAt)}
      </time>
      <Button quiet data-testid="redrive" disabled={busy} onClick={onRedrive}>
        Try again
      </Button>
    </li>
  )
}
