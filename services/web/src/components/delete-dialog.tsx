import type { Message } from '@parley/contracts'
import { previewOf } from '../text/names.ts'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Quote } from './quote.tsx'

interface DeleteDialogProps {
  message: Message
  /** For everybody as well: it is an own one, and the rules still allow it. */
  everybody: boolean
  onClose(): void
}

/** For whom a message goes. The focus is first on what does no harm. */
export function DeleteDialog({ message, everybody, onClose }: DeleteDialogProps) {
  const { changes, messages } = useSession()
  return (
    <Dialog title="Delete this message?" onClose={onClose}>
      <Quote text={previewOf(message)} />
      <p className="muted">
        {everybody
          ? 'For everybody: its words are gone, and a note that a message was deleted stays in its place. For you: the others still see it.'
          : 'You will not see it any more, on any device. The others still do.'}
      </p>
      <DialogFoot>
        <Button quiet data-first-focus onClick={onClose}>
          Keep
        </Button>
        <Button
          danger
          quiet={everybody}
          data-testid="delete-for-me"
          onClick={() => {
            onClose()
            void messages.hide(message)
          }}
        >
          Delete for me
        </Button>
        {everybody && (
          <Button
            danger
            data-testid="confirm-delete"
            onClick={() => {
              onClose()
              void changes.remove(message)
            }}
          >
            Delete for everybody
          </Button>
        )}
      </DialogFoot>
    </Dialog>
  )
}
