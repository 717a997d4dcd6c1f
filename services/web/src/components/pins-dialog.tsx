import type { Message } from '@parley/contracts'
import { useEffect, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { listTime } from '../text/dates.ts'
import { isolated, personName, previewOf } from '../text/names.ts'
import { useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'
import { FoundMessage } from './found-message.tsx'
import { InlineError } from './inline-error.tsx'

interface PinsDialogProps {
  conversation: HeldConversation
  onClose(): void
}

/** What is pinned in a conversation, the latest first; each leads to its message. */
export function PinsDialog({ conversation, onClose }: PinsDialogProps) {
  const { messages, history } = useSession()
  const [pins, setPins] = useState<readonly Message[] | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const { id, rev } = conversation

  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision may have pinned or taken down something
  useEffect(() => {
    let over = false
    messages.pins(id).then(
      (data) => !over && setPins(data),
      (err) => !over && setFailure(toRequestFailure(err).message),
    )
    return () => {
      over = true
    }
  }, [messages, id, rev])

  return (
    <Dialog title="Pinned messages" side onClose={onClose}>
      {failure && <InlineError>{failure}</InlineError>}
      {!failure && pins === null && <p className="muted">Loading…</p>}
      {pins?.length === 0 && <p className="muted">Nothing is pinned here. Pin a message from its menu.</p>}
      {pins && pins.length > 0 && (
        <ul data-testid="pins">
          {pins.map((message) => (
            <li key={message.id}>
              <FoundMessage
                title={isolated(personName(message.sender))}
                time={listTime(message.createdAt)}
                onGo={() => {
                  onClose()
                  void history.goTo(id, message.seq)
                }}
              >
                {previewOf(message, conversation.participants)}
              </FoundMessage>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}
