import type { Message, Receipt, ReceiptPage } from '@parley/contracts'
import { useCallback, useState } from 'react'
import { fullDate, numberText } from '../text/dates.ts'
import { personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import { useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'
import { PagesEnd } from './pages-end.tsx'
import styles from './receipts-dialog.module.css'
import { usePages } from './use-pages.ts'

/** Who has received and read a message, and when. */
export function ReceiptsDialog({ message, onClose }: { message: Message; onClose(): void }) {
  const { messages } = useSession()
  const [counts, setCounts] = useState<Pick<ReceiptPage, 'deliveredCount' | 'readCount'> | null>(null)
  const pages = usePages(
    useCallback(
      async (cursor: string | undefined) => {
        const page = await messages.receipts(message.id, cursor)
        setCounts(page)
        return page
      },
      [messages, message.id],
    ),
  )
  const isHidden = counts?.readCount === null
  return (
    <Dialog title="Received and read" onClose={onClose}>
      <p className="muted">Sent {fullDate(message.createdAt)}</p>
      {isHidden && <p>Receipts are not shown to you: you, or the rules here, keep them back.</p>}
      {counts && !isHidden && (
        <p data-testid="receipt-counts">
          Received by {numberText(counts.deliveredCount ?? 0)}, read by {numberText(counts.readCount ?? 0)}
        </p>
      )}
      <ul className={styles.people} data-testid="receipts">
        {pages.items.map((receipt) => (
          <li key={receipt.userId} data-testid={`receipt-${receipt.userId}`}>
            <Avatar id={receipt.userId} name={personName(receipt)} url={receipt.avatarUrl} small />
            <span className={styles.text}>
              <bdi>{personName(receipt)}</bdi>
              <span className={styles.times}>{standing(receipt)}</span>
            </span>
          </li>
        ))}
      </ul>
      {(!counts || pages.status === 'failed' || pages.hasMore) && <PagesEnd pages={pages} nothing="" />}
    </Dialog>
  )
}

function standing({ deliveredAt, readAt }: Receipt): string {
  if (readAt) return `Read ${fullDate(readAt)}`
  return deliveredAt ? `Received ${fullDate(deliveredAt)}` : 'Not received yet'
}
