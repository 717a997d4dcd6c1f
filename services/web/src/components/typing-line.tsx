import type { HeldConversation } from '../chat/chat-state.ts'
import { useTypingText } from './use-typing-text.ts'

/** Keeps its place when nobody types, so that the messages do not jump. */
export function TypingLine({ conversation }: { conversation: HeldConversation }) {
  const text = useTypingText(conversation)
  return (
    <div className="typing-line" aria-live="polite">
      {text && (
        <span data-testid="typing" className="typing">
          <span className="typing-dots" aria-hidden="true">
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
