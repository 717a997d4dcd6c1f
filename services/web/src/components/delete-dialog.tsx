import type { Message } from '@parley/contracts'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Quote } from './quote.tsx'

export function DeleteDialog({ message, onClose }: { message: Message; onClose(): void }) {
  const session = useSession()
  const remove = () => {
    onClose()
    void session.changes.remove(message)
  }
  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <Quote text={message.content} />
      <p className="muted">It disappears for everybody. A note that a message was deleted stays in its place.</p>
      <DialogFoot>
        <Button quiet onClick={onClose}>
          Keep
        </Button>
        <Button danger data-testid="confirm-delete" data-first-focus onClick={remove}>
          Delete
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
