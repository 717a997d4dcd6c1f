import type { Message } from '@parley/contracts'
import { useSession } from './chat-context.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { Quote } from './quote.tsx'

export function DeleteDialog({ message, onClose }: { message: Message; onClose(): void }) {
  const session = useSession()
  return (
    <ConfirmDialog
      title="Delete this message?"
      action="Delete"
      keep="Keep"
      testId="confirm-delete"
      onConfirm={() => void session.changes.remove(message)}
      onClose={onClose}
    >
      <Quote text={message.content} />
      <p className="muted">It disappears for everybody. A note that a message was deleted stays in its place.</p>
    </ConfirmDialog>
  )
}
