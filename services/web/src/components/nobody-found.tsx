import { useChat } from './chat-context.ts'
import { InlineError } from './inline-error.tsx'
import styles from './nobody-found.module.css'
import type { People } from './use-people.ts'

interface NobodyFoundProps {
  typed: string
  found: People
  /** Somebody insists on an id that is not known. */
  onUseId(userId: string): void
}

/**
 * Why there is nobody to choose. An id that nobody has is taken only where the tenant takes such, and only when somebody
 * says so: it would be a conversation with nobody.
 */
export function NobodyFound({ typed, found, onUseId }: NobodyFoundProps) {
  const takesUnknown = useChat((state) => state.policy?.users.mustExist === false)
  const words = typed.trim()
  if (found.status === 'searching')
    return (
      <p className={`muted ${styles.note}`} role="status">
        Searching…
      </p>
    )
  if (found.status === 'failed') return <InlineError>{found.detail}</InlineError>
  if (found.status === 'known' || found.people.length > 0) return null
  return (
    <div className={styles.note} role="status" data-testid="nobody-found">
      <p>
        Nobody is found by the name or id “<bdi>{words}</bdi>”.
      </p>
      {takesUnknown && !/\s/.test(words) && (
        <p className="muted">
          Is it the id of somebody who has not been here yet?{' '}
          <button type="button" className={styles.insist} data-testid="use-unknown-id" onClick={() => onUseId(words)}>
            Use it all the same
          </button>
        </p>
      )}
    </div>
  )
}
