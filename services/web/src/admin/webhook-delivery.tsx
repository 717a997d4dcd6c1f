import type { WebhookDelivery as Delivery } from '@parley/contracts'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { Tag } from '../components/tag.tsx'
import { fullTime, listTime } from '../text/dates.ts'
import { answerText, deliveryTexts, legibleBody } from '../text/webhooks.ts'
import pageStyles from './admin-page.module.css'
import { useAttempt } from './use-attempt.ts'
import styles from './webhooks-tab.module.css'

interface WebhookDeliveryProps {
  delivery: Delivery
  canReplay: boolean
  onChanged(delivery: Delivery): void
}

/** One event on its way to one webhook: what becomes of it, and opened what was sent and answered. */
export function WebhookDelivery({ delivery, canReplay, onChanged }: WebhookDeliveryProps) {
  const { webhooks } = useSession()
  const { busy, attempt } = useAttempt()
  const {
    id: deliveryId,
    webhookId,
    eventId,
    type,
    status,
    attempts,
    body,
    answer,
    createdAt,
    nextAttemptAt,
  } = delivery

  const replay = () => attempt(async () => onChanged(await webhooks.replayWebhookDelivery({ webhookId, deliveryId })))

  return (
    <li className={styles.delivery} data-testid="delivery" data-status={status}>
      <details>
        <summary>
          <span className={styles.what}>{type}</span>
          <Tag ended={status === 'withdrawn'}>{deliveryTexts[status]}</Tag>
          <time className="muted" dateTime={createdAt} title={fullTime(createdAt)}>
            {listTime(createdAt)}
          </time>
          <span className={`muted ${styles.answer}`} dir="auto">
            {answerText(delivery)}
          </span>
        </summary>
        <div className={styles.details}>
          <p className="muted">
            <code>{eventId}</code>
            {answer && `, tried ${attempts === 1 ? 'once' : `${attempts} times`}`}
            {status === 'waiting' && answer && nextAttemptAt && `, the next try is at ${fullTime(nextAttemptAt)}`}
          </p>
          <h3>Sent</h3>
          {body === null ? (
            <p className="muted">Nothing: its message was deleted for everyone.</p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
            <pre tabIndex={0} data-testid="delivery-body">
              {legibleBody(body)}
            </pre>
          )}
          {answer?.body && (
            <>
              <h3>Answered</h3>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys */}
              <pre tabIndex={0}>{legibleBody(answer.body)}</pre>
            </>
          )}
          {body !== null && canReplay && (
            <div className={pageStyles.foot}>
              <Button quiet data-testid="replay-delivery" disabled={busy} onClick={replay}>
                Send again
              </Button>
            </div>
          )}
        </div>
      </details>
    </li>
  )
}
