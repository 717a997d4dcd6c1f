import { useEffect, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { rightsIn } from '../chat/rights.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { contextName, conversationName, othersIn, personName } from '../text/names.ts'
import { closedText, closingText } from '../text/standing.ts'
import { AddPeople } from './add-people.tsx'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { ContextChip } from './context-chip.tsx'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'
import { GroupDetailsForm } from './group-details-form.tsx'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import { ParticipantItem } from './participant-item.tsx'
import styles from './participants-sheet.module.css'
import { PersonText } from './person-text.tsx'
import { ReportDialog } from './report-dialog.tsx'

interface ParticipantsSheetProps {
  conversation: HeldConversation
  onClose(): void
}

type Reported = { title: string; subject: { userId: string } | { conversationId: string } }

/** Who is in a conversation and what it is about, and what one may do with both. */
export function ParticipantsSheet({ conversation, onClose }: ParticipantsSheetProps) {
  const { id, context, kind, participants, participantCount } = conversation
  const session = useSession()
  const { people } = session
  const myId = useChat((state) => state.me?.userId)
  const blocked = useChat((state) => state.blocked)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [editing, setEditing] = useState(false)
  const [leaving, setLeaving] = useState(false)
  const [reported, setReported] = useState<Reported | null>(null)
  const isAdmin = useChat((state) => state.me?.role === 'admin')
  const rights = rightsIn(conversation, myId, isAdmin)
  const [other, ...more] = othersIn(conversation, myId)
  const only = kind !== 'group' && more.length === 0 ? other : undefined
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
  const leave = async () => {
    if (await attempt(() => people.leave(id))) session.notify(`You have left “${name}”.`)
  }

  return (
    <Dialog title="People and details" side onClose={onClose}>
      <div className={styles.about}>
        <ConversationAvatar conversation={conversation} myId={myId} />
        <PersonText name={name} className={styles.name}>
          {context && contextName(context) !== name && <span>{contextName(context)}</span>}
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
                onRemove: () => attempt(() => people.remove(id, participant.userId)),
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
      <div className={styles.actions}>
        {only && (
          <Button
            quiet
            data-testid={blocked.includes(only.userId) ? 'unblock-user' : 'block-user'}
            onClick={() =>
              attempt(() => (blocked.includes(only.userId) ? people.unblock(only.userId) : people.block(only.userId)))
            }
          >
            <Icon name="block" /> {blocked.includes(only.userId) ? 'Unblock' : 'Block'} {personName(only)}
          </Button>
        )}
        {only && (
          <Button
            quiet
            data-testid="report-user"
            onClick={() => setReported({ title: `Report ${personName(only)}`, subject: { userId: only.userId } })}
          >
            <Icon name="flag" /> Report {personName(only)}
          </Button>
        )}
        <Button
          quiet
          data-testid="report-conversation"
          onClick={() => setReported({ title: 'Report this conversation', subject: { conversationId: id } })}
        >
          <Icon name="flag" /> Report this conversation
        </Button>
        {rights.leave && !leaving && (
          <Button quiet danger data-testid="leave-group" onClick={() => setLeaving(true)}>
            <Icon name="leave" /> Leave this {kind === 'group' ? 'group' : 'conversation'}
          </Button>
        )}
        {leaving && (
          <div className={styles.confirm} role="alertdialog" aria-label="Leave?">
            <p>You will not see it any more, unless somebody lets you in again.</p>
            <DialogFoot>
              <Button quiet onClick={() => setLeaving(false)}>
                Stay
              </Button>
              <Button
                danger
                data-testid="confirm-leave"
                // the button that had the focus is gone
                autoFocus
                onClick={leave}
              >
                Leave
              </Button>
            </DialogFoot>
          </div>
        )}
      </div>
      {reported && <ReportDialog {...reported} onClose={() => setReported(null)} />}
    </Dialog>
  )
}
