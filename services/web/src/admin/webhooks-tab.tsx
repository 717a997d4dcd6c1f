import type { NewWebhook, Webhook } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { PagesEnd } from '../components/pages-end.tsx'
import { usePages } from '../components/use-pages.ts'
import pageStyles from './admin-page.module.css'
import { SecretDialog } from './secret-dialog.tsx'
import { WebhookCard } from './webhook-card.tsx'
import { WebhookDeliveries } from './webhook-deliveries.tsx'
import { WebhookDialog } from './webhook-dialog.tsx'
import styles from './webhooks-tab.module.css'

/** The addresses of the host's that are told of events, and what each was sent. */
export function WebhooksTab() {
  const { webhooks } = useSession()
  const [creates, setCreates] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const [shown, setShown] = useState<Webhook | null>(null)
  const pages = usePages(useCallback(() => webhooks.listWebhooks({}), [webhooks]))

  if (shown) return <WebhookDeliveries webhook={shown} onBack={() => setShown(null)} />

  const created = ({ secret: itsSecret, ...webhook }: NewWebhook) => {
    pages.change((items) => [...items, webhook])
    setCreates(false)
    setSecret(itsSecret)
  }
  const changed = (webhook: Webhook) =>
    pages.change((items) => items.map((item) => (item.id === webhook.id ? webhook : item)))

  return (
    <div className={pageStyles.page}>
      <div className={pageStyles.head}>
        <h2>Webhooks</h2>
        <Button data-testid="create-webhook" onClick={() => setCreates(true)}>
          Add a webhook
        </Button>
      </div>
      <p className="muted">
        Your own servers are told of what happens, signed, and again for three days while they do not answer.
      </p>
      <ul className={styles.cards}>
        {pages.items.map((webhook) => (
          <WebhookCard
            key={webhook.id}
            webhook={webhook}
            onShow={() => setShown(webhook)}
            onChanged={changed}
            onSecret={setSecret}
            onDeleted={() => pages.change((items) => items.filter(({ id }) => id !== webhook.id))}
          />
        ))}
      </ul>
      <PagesEnd pages={pages} nothing="Nobody is told of anything yet." />
      {creates && (
        <WebhookDialog
          title="Add a webhook"
          action="Add"
          save={async (input) => created(await webhooks.createWebhook(input))}
          onClose={() => setCreates(false)}
        />
      )}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </div>
  )
}
