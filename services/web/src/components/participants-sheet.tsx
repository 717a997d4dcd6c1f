import type { Participant } from '@parley/contracts'
import { useEffect, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { rightsIn } from '../chat/rights.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { contextName, conversationName, isolated, personName } from '../text/names.ts'
import { moderatedText, moderatorsIn } from '../text/senders.ts'
import { closedText, closingText } from '../text/standing.ts'
import { AddPeople } from './add-people.tsx'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { ContextChip } from './context-chip.tsx'
import { ConversationActions } from './conversation-actions.tsx'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { Dialog } from './dialog.tsx'
import { GroupDetailsForm } from './group-details-form.tsx'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import { ParticipantItem } from './participant-item.tsx'
import styles from './participants-sheet.module.css'
import { PersonText } from './person-text.tsx'

interface ParticipantsSheetProps {
  conversation: HeldConversation
  onClose(): void
}

/** Who is in a conversation and what it is about, and what one may do with both. */
export function ParticipantsSheet({ conversation, onClose }: ParticipantsSheetProps) {
  const { id, context, kind, participants, participantCount } = conversation
  const session = useSession()
  const { people } = session
  const myId = useChat((state) => state.me?.userId)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [editing, setEditing] = useState(false)
  const [removing, setRemoving] = useState<Participant | null>(null)
  const isAdmin = useChat((state) => state.me?.role === 'admin')
  const rights = rightsIn(conversation, myId, isAdmin)
  const moderators = moderatorsIn(conversation, myId)
  const name = conversationName(conversation, myId)

  useEffect(() => {
    people.refresh(id).catch(() => {})
    people.learnBlocks()
  }, [people, id])

  const attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    setRefusal(null)
    try {
      await act()
      return true
    } catch (err) {
      setRefusal(toRequestFailure(err).message)
      return false
    }
  }

  return (
    <Dialog title="People and details" side onClose={onClose}>
      <div className={styles.about}>
        <ConversationAvatar conversation={conversation} myId={myId} />
        <PersonText name={name} className={styles.name}>
          {context && contextName(context) !== name && <span dir="auto">{contextName(context)}</span>}
          <ContextChip conversation={conversation} />
        </PersonText>
        {rights.manage && !editing && (
          <Button quiet data-testid="edit-group" onClick={() => setEditing(true)}>
            <Icon name="edit" /> Edit
          </Button>
        )}
      </div>
      {(closedText(conversation) ?? closingText(conversation)) && (
        <p className="muted">{closedText(conversation) ?? closingText(conversation)}</p>
      )}
      {editing && (
        <GroupDetailsForm
          conversation={conversation}
          save={(details) => attempt(() => people.changeDetails(id, details))}
          onDone={() => setEditing(false)}
        />
      )}
      {refusal && <InlineError>{refusal}</InlineError>}
      <section className={styles.people} aria-label="People">
        <h3>{participantCount} people</h3>
        {moderators.length > 0 && (
          <p className={styles.moderated} data-testid="moderated">
            <Icon name="shield" /> {moderatedText(moderators)}
          </p>
        )}
        <ul data-testid="participants">
          {participants.map((participant) => (
            <ParticipantItem
              key={participant.userId}
              participant={participant}
              isMe={participant.userId === myId}
              showsRole={kind !== 'direct' || participant.role !== 'member'}
              {...(rights.setRoles && {
                onRole: (role) => attempt(() => people.setRole(id, participant.userId, role)),
              })}
              {...(rights.remove(participant) && {
                onRemove: () => setRemoving(participant),
              })}
            />
          ))}
        </ul>
        {participants.length < participantCount && (
          <p className="muted">… and {participantCount - participants.length} more</p>
        )}
      </section>
      {rights.manage && (
        <AddPeople conversation={conversation} add={(userId) => attempt(() => people.add(id, userId))} />
      )}
      <ConversationActions conversation={conversation} attempt={attempt} onClose={onClose} />
      {removing && (
        <ConfirmDialog
          title={`Remove ${isolated(personName(removing))}?`}
          action="Remove"
          keep="Keep"
          testId="confirm-remove"
          onConfirm={() => attempt(() => people.remove(id, removing.userId))}
          onClose={() => setRemoving(null)}
        >
          <p>They see nothing of this group any more, and come back only if somebody adds them again.</p>
        </ConfirmDialog>
      )}
    </Dialog>
  )
}
