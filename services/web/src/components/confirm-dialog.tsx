import type { ReactNode } from 'react'
import { Button } from './button.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'

interface ConfirmDialogProps {
  title: string
  /** What becomes of whom. */
  children: ReactNode
  /** On the buttons: to do it, and to leave it. */
  action: string
  keep: string
  testId: string
  onConfirm(): void
  onClose(): void
}

/** Asks before what others notice or what cannot be taken back. The focus is first on what does no harm. */
export function ConfirmDialog({ title, children, action, keep, testId, onConfirm, onClose }: ConfirmDialogProps) {
  const confirm = () => {
    onClose()
    onConfirm()
  }
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <DialogFoot>
        <Button quiet data-first-focus onClick={onClose}>
          {keep}
        </Button>
        <Button danger data-testid={testId} onClick={confirm}>
          {action}
        </Button>
      </DialogFoot>
    </Dialog>
  )
}
