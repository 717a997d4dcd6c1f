import type { PendingChange } from '../chat/pending-changes.ts'
import { useSession } from './chat-context.ts'
import styles from './outgoing-item.module.css'

interface PendingChangeLineProps {
  change: PendingChange
  /** Opens the text that was refused again. */
  onEdit?: (() => void) | undefined
}

/** Below a message whose change is not certain: what is known of it, and what can be done. */
export function PendingChangeLine({ change, onEdit }: PendingChangeLineProps) {
  const { changes } = useSession()
  const { kind, state, messageId } = change
  const isOpen = state === 'unknown' || state === 'refused'
  return (
    <p
      className={isOpen ? styles.failure : styles.waiting}
      role={isOpen ? 'alert' : 'status'}
      data-testid="pending-change"
    >
      <span>{wordsFor(change)}</span>
      {isOpen && (
        <>
          {state === 'refused' && kind === 'edit' && onEdit && (
            <button type="button" onClick={onEdit}>
              Edit
            </button>
          )}
          {state === 'unknown' && (
            <button type="button" onClick={() => changes.again(messageId)}>
              Try again
            </button>
          )}
          {state === 'unknown' && kind === 'edit' ? (
            <button type="button" data-testid="take-back" onClick={() => changes.takeBack(messageId)}>
              Take back
            </button>
          ) : (
            <button type="button" onClick={() => changes.dismiss(messageId)}>
              Dismiss
            </button>
          )}
        </>
      )}
    </p>
  )
}

function wordsFor({ kind, state, detail }: PendingChange): string {
  const isEdit = kind === 'edit'
  if (state === 'asked') return isEdit ? 'Saving the change…' : 'Deleting…'
  if (state === 'undoing') return 'Taking the change back…'
  if (state === 'refused') return `${isEdit ? 'Not changed' : 'Not deleted'}. ${detail ?? ''}`
  return isEdit
    ? 'The server has not answered. This change may still be made.'
    : 'The server has not answered. This message may still be deleted.'
}
