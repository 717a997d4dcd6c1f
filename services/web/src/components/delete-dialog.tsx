import type { Message } from '@parley/contracts'
import { useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'

export function DeleteDialog({ message, onClose }: { message: Message; onClose(): void }) {
  const session = useSession()
  const remove = () => {
    onClose()
    void session.deleteMessage(message.id)
  }
  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <p className="quote">{message.content}</p>
      <p className="muted">It disappears for everybody. A note that a message was deleted stays in its place.</p>
      <div className="dialog-foot">
        <button type="button" className="quiet-button" onClick={onClose}>
          Keep
        </button>
        <button
          type="button"
          className="primary danger-button"
          data-testid="confirm-delete"
          data-first-focus
          onClick={remove}
        >
          Delete
        </button>
      </div>
    </Dialog>
  )
}
