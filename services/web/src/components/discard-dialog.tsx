import { Button } from './button.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Quote } from './quote.tsx'

interface DiscardDialogProps {
  content: string
  onDiscard(): void
  onClose(): void
}

/** Nobody else has the text: it does not go by one click. */
export function DiscardDialog({ content, onDiscard, onClose }: DiscardDialogProps) {
  return (
    <Dialog title="Discard this message?" onClose={onClose}>
      <Quote text={content} />
      <p className="muted">It was not sent, and there is no other copy of it.</p>
      <DialogFoot>
        <Button quiet data-first-focus onClick={onClose}>
          Keep
        </Button>
        <Button danger data-testid="confirm-discard" onClick={onDiscard}>
          Discard
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
