import type { HeldConversation } from '../chat/chat-state.ts'
import styles from './typing-line.module.css'
import { useTypingText } from './use-typing-text.ts'

/** Keeps its place when nobody types, so that the messages do not jump. */
export function TypingLine({ conversation }: { conversation: HeldConversation }) {
  const text = useTypingText(conversation)
  return (
    <div className={styles.line} aria-live="polite">
      {text && (
        <span data-testid="typing" className={styles.typing}>
          <span className={styles.dots} aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {text}
        </span>
      )}
    </div>
  )
}
