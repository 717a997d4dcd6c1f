import type { Webhook, WebhookDelivery } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { IconButton } from '../components/icon-button.tsx'
import { PagesEnd } from '../components/pages-end.tsx'
import { usePages } from '../components/use-pages.ts'
import { deliveryTexts } from '../text/webhooks.ts'
import pageStyles from './admin-page.module.css'
import { LOOK_AGAIN_MS, useLookAgain } from './use-look-again.ts'
import { WebhookDelivery as Delivery } from './webhook-delivery.tsx'
import { WebhookReplay } from './webhook-replay.tsx'
import styles from './webhooks-tab.module.css'

const PAGE = 30

type Status = WebhookDelivery['status']

/** What a webhook was sent and answered, and what waits for it. */
export function WebhookDeliveries({ webhook, onBack }: { webhook: Webhook; onBack(): void }) {
  const { webhooks } = useSession()
  const [status, setStatus] = useState<Status | ''>('')
  const { id: webhookId, enabled } = webhook
  const load = useCallback(
    (cursor: string | undefined) =>
      webhooks.listWebhookDeliveries({ webhookId, limit: PAGE, cursor, ...(status && { status }) }),
    [webhooks, webhookId, status],
  )
  const pages = usePages(load)
  const { items, reload } = pages
  useLookAgain(pages, { page: PAGE, isSoonDone: (delivery) => delivery.status === 'waiting' && isDue(delivery) })
  return (
    <div className={pageStyles.page} data-testid="deliveries">
      <div className={pageStyles.head}>
        <IconButton icon="back" data-testid="to-webhooks" label="Back to the webhooks" autoFocus onClick={onBack} />
        <h2 className={styles.title}>
          <bdi>{webhook.url}</bdi>
        </h2>
        <select aria-label="Status" value={status} onChange={(event) => setStatus(event.target.value as Status | '')}>
          <option value="">All deliveries</option>
          {Object.entries(deliveryTexts).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <Button quiet data-testid="reload-deliveries" onClick={reload}>
          Look again
        </Button>
      </div>
      {enabled && <WebhookReplay webhookId={webhookId} onReplayed={reload} />}
      <ul>
        {items.map((delivery) => (
          <Delivery
            key={delivery.id}
            delivery={delivery}
            canReplay={enabled}
            onChanged={(next) => pages.change((items) => items.map((item) => (item.id === next.id ? next : item)))}
          />
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="There are none." />
    </div>
  )
}

/** It is being sent, or will be in a moment. */
const isDue = ({ nextAttemptAt, answer }: WebhookDelivery) =>
  answer === null || nextAttemptAt === null || Date.parse(nextAttemptAt) < Date.now() + LOOK_AGAIN_MS
