import type { HeldMessageCase } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { Avatar } from '../components/avatar.tsx'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { PagesEnd } from '../components/pages-end.tsx'
import { Quote } from '../components/quote.tsx'
import { usePages } from '../components/use-pages.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { fullTime, listTime } from '../text/dates.ts'
import { fits } from '../text/length.ts'
import { personName } from '../text/names.ts'
import pageStyles from './admin-page.module.css'
import cardStyles from './report-card.module.css'
import styles from './reports-tab.module.css'

const MAX_REASON = 300

interface HeldTabProps {
  onInspect(conversationId: string): void
}

/** Messages that wait until somebody has looked at them, the oldest first. */
export function HeldTab({ onInspect }: HeldTabProps) {
  const { admin } = useSession()
  const load = useCallback((cursor: string | undefined) => admin.listHeldForReview({ limit: 30, cursor }), [admin])
  const pages = usePages(load)
  return (
    <div className={pageStyles.page}>
      <div className={pageStyles.head}>
        <h2>Held messages</h2>
      </div>
      <ul className={styles.cards}>
        {pages.items.map((held) => (
          <HeldCard
            key={held.id}
            held={held}
            onInspect={onInspect}
            onDecided={() => pages.change((items) => items.filter(({ id }) => id !== held.id))}
          />
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="Nothing waits for a decision." />
    </div>
  )
}

interface HeldCardProps extends HeldTabProps {
  held: HeldMessageCase
  onDecided(): void
}

function HeldCard({ held, onInspect, onDecided }: HeldCardProps) {
  const session = useSession()
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const { id, sender, message, conversationId, createdAt, why } = held
  const files = message?.attachments.map(({ name }) => name).join(', ')

  const decide = async (call: () => Promise<HeldMessageCase>) => {
    setBusy(true)
    try {
      const { status, error } = await call()
      if (status === 'refused' && error && error.code !== 'rejected_by_host')
        session.notify(`It could not be sent: ${error.message}.`)
      onDecided()
    } catch (err) {
      session.notify(toRequestFailure(err).message)
      setBusy(false)
    }
  }
  const refuse = () =>
    session.admin.refuseHeldMessage({ heldMessageId: id, ...(reason.trim() && { reason: reason.trim() }) })
  return (
    <li className={cardStyles.card} data-testid="held-card">
      <div className={pageStyles.head}>
        <Avatar id={sender.userId} name={personName(sender)} url={sender.avatarUrl} small />
        <h3>
          <bdi>{personName(sender)}</bdi>
        </h3>
        <time className="muted" dateTime={createdAt} title={fullTime(createdAt)}>
          {listTime(createdAt)}
        </time>
      </div>
      <p className="muted">
        {why === 'host' ? 'Your moderation asks you to look.' : 'Your moderation gave no answer.'}
      </p>
      {message?.content && <Quote text={message.content} />}
      {message?.payload && <Quote text={JSON.stringify(message.payload, null, 2)} />}
      {files && (
        <p className="muted">
          With <bdi>{files}</bdi>
        </p>
      )}
      <input
        value={reason}
        dir="auto"
        aria-label="Why it is not sent"
        placeholder="Why it is not sent (optional)"
        onChange={(event) => setReason(event.target.value)}
      />
      <div className={pageStyles.foot}>
        <Button quiet onClick={() => onInspect(conversationId)}>
          Read the conversation
        </Button>
        <Button
          quiet
          data-testid="refuse-held"
          disabled={busy || !fits(reason, MAX_REASON)}
          onClick={() => decide(refuse)}
        >
          Refuse
        </Button>
        <Button
          data-testid="release-held"
          disabled={busy}
          onClick={() => decide(() => session.admin.releaseHeldMessage({ heldMessageId: id }))}
        >
          Send
        </Button>
      </div>
    </li>
  )
}
