import type { Webhook } from '@parley/contracts'
import { useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { ConfirmDialog } from '../components/confirm-dialog.tsx'
import { Tag } from '../components/tag.tsx'
import { fullDate } from '../text/dates.ts'
import { eventsText, webhookStanding } from '../text/webhooks.ts'
import pageStyles from './admin-page.module.css'
import { useAttempt } from './use-attempt.ts'
import { WebhookDialog } from './webhook-dialog.tsx'
import styles from './webhooks-tab.module.css'

interface WebhookCardProps {
  webhook: Webhook
  /** Shows what it was sent. */
  onShow(): void
  onChanged(webhook: Webhook): void
  /** It has another one. */
  onSecret(secret: string): void
  onDeleted(): void
}

/** An address that is told of events, how it is, and what one does with it. */
export function WebhookCard({ webhook, onShow, onChanged, onSecret, onDeleted }: WebhookCardProps) {
  const { webhooks } = useSession()
  const [asks, setAsks] = useState<'edit' | 'rotate' | 'delete' | null>(null)
  const { busy, attempt } = useAttempt()
  const { id: webhookId, url, events, description, enabled, previousSecretUntil } = webhook
  const close = () => setAsks(null)

  const turn = () => attempt(async () => onChanged(await webhooks.updateWebhook({ webhookId, enabled: !enabled })))
  const test = () =>
    attempt(async () => {
      await webhooks.testWebhook({ webhookId })
      onShow()
    })
  const rotate = () =>
    attempt(async () => {
      const { secret, previousSecretUntil } = await webhooks.rotateWebhookSecret({ webhookId })
      onChanged({ ...webhook, previousSecretUntil })
      onSecret(secret)
    })
  const remove = () =>
    attempt(async () => {
      await webhooks.deleteWebhook({ webhookId })
      onDeleted()
    })

  return (
    <li className={styles.card} data-testid="webhook">
      <div className={pageStyles.head}>
        <h3>
          <bdi>{url}</bdi>
        </h3>
        <Tag ended={!enabled}>{webhookStanding(webhook)}</Tag>
      </div>
      {description && <p dir="auto">{description}</p>}
      <p className="muted">Told of {eventsText(events)}.</p>
      {previousSecretUntil && (
        <p className="muted">Signed with its former secret as well until {fullDate(previousSecretUntil)}.</p>
      )}
      <div className={pageStyles.foot}>
        <Button quiet danger data-testid="delete-webhook" disabled={busy} onClick={() => setAsks('delete')}>
          Delete
        </Button>
        <Button quiet data-testid="rotate-webhook" disabled={busy} onClick={() => setAsks('rotate')}>
          New secret
        </Button>
        <Button quiet data-testid="edit-webhook" disabled={busy} onClick={() => setAsks('edit')}>
          Change
        </Button>
        <Button quiet data-testid="turn-webhook" disabled={busy} onClick={turn}>
          {enabled ? 'Pause' : 'Turn on'}
        </Button>
        <Button quiet data-testid="test-webhook" disabled={busy || !enabled} onClick={test}>
          Send a test
        </Button>
        <Button quiet data-testid="webhook-deliveries" onClick={onShow}>
          Deliveries
        </Button>
      </div>
      {asks === 'edit' && (
        <WebhookDialog
          title="Change a webhook"
          action="Save"
          begun={webhook}
          save={async (input) => {
            onChanged(await webhooks.updateWebhook({ webhookId, ...input }))
            close()
          }}
          onClose={close}
        />
      )}
      {asks === 'rotate' && (
        <ConfirmDialog
          title="Another secret?"
          action="New secret"
          keep="Keep"
          testId="confirm-rotate-webhook"
          onConfirm={() => void rotate()}
          onClose={close}
        >
          <p>For a day everything is signed with both, so that your server can change to the new one meanwhile.</p>
        </ConfirmDialog>
      )}
      {asks === 'delete' && (
        <ConfirmDialog
          title="Delete this webhook?"
          action="Delete"
          keep="Keep"
          testId="confirm-delete-webhook"
          onConfirm={() => void remove()}
          onClose={close}
        >
          <p>What waits for it is not sent any more, and what it was sent is forgotten.</p>
        </ConfirmDialog>
      )}
    </li>
  )
}
