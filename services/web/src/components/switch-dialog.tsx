import { Button } from './button.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'

interface SwitchDialogProps {
  /** How many messages wait or were refused. */
  unsent: number
  drafts: number
  /** Chosen, and in no message yet. */
  files: number
  onSwitch(): void
  onClose(): void
}

/** Whoever leaves takes everything of theirs from this browser; what nobody else has is named first. */
export function SwitchDialog({ unsent, drafts, files, onSwitch, onClose }: SwitchDialogProps) {
  const parts = [
    counted(unsent, 'message that is not sent', 'messages that are not sent'),
    counted(drafts, 'draft', 'drafts'),
    counted(files, 'file that is not sent', 'files that are not sent'),
  ]
  return (
    <Dialog title="Leave and delete what is not sent?" onClose={onClose}>
      <p>
        This browser has {parts.filter(Boolean).join(' and ')} of yours. Nothing of a person stays here when they leave.
      </p>
      <DialogFoot>
        <Button quiet data-first-focus onClick={onClose}>
          Stay
        </Button>
        <Button danger data-testid="confirm-switch" onClick={onSwitch}>
          Leave and delete
        </Button>
      </DialogFoot>
    </Dialog>
  )
}

function counted(count: number, one: string, many: string): string {
  return count === 0 ? '' : count === 1 ? `1 ${one}` : `${count} ${many}`
}
