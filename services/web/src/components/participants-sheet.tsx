import { useEffect, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { rightsIn } from '../chat/rights.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { contextName, conversationName, othersIn, personName } from '../text/names.ts'
import { closedText, closingText } from '../text/standing.ts'
import { AddPeople } from './add-people.tsx'
import { useChat, useSession } from './chat-context.ts'
import { ContextChip } from './context-chip.tsx'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { Dialog } from './dialog.tsx'
import { GroupDetailsForm } from './group-details-form.tsx'
import { Icon } from './icon.tsx'
import { ParticipantItem } from './participant-item.tsx'
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
      <div className="sheet-about">
        <ConversationAvatar conversation={conversation} myId={myId} />
        <span className="person-text">
          <span className="person-name">{name}</span>
          {context && contextName(context) !== name && <span>{contextName(context)}</span>}
          <ContextChip conversation={conversation} />
        </span>
        {rights.manage && !editing && (
          <button type="button" className="quiet-button" data-testid="edit-group" onClick={() => setEditing(true)}>
            <Icon name="edit" /> Edit
          </button>
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
      {refusal && (
        <p className="inline-error" role="alert">
          {refusal}
        </p>
      )}
      <section aria-label="People">
        <h3>{participantCount} people</h3>
        <ul className="participants" data-testid="participants">
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
      <div className="sheet-actions">
        {only && (
          <button
            type="button"
            className="quiet-button"
            data-testid={blocked.includes(only.userId) ? 'unblock-user' : 'block-user'}
            onClick={() =>
              attempt(() => (blocked.includes(only.userId) ? people.unblock(only.userId) : people.block(only.userId)))
            }
          >
            <Icon name="block" /> {blocked.includes(only.userId) ? 'Unblock' : 'Block'} {personName(only)}
          </button>
        )}
        {only && (
          <button
            type="button"
            className="quiet-button"
            data-testid="report-user"
            onClick={() => setReported({ title: `Report ${personName(only)}`, subject: { userId: only.userId } })}
          >
            <Icon name="flag" /> Report {personName(only)}
          </button>
        )}
        <button
          type="button"
          className="quiet-button"
          data-testid="report-conversation"
          onClick={() => setReported({ title: 'Report this conversation', subject: { conversationId: id } })}
        >
          <Icon name="flag" /> Report this conversation
        </button>
        {rights.leave && !leaving && (
          <button
            type="button"
            className="quiet-button danger"
            data-testid="leave-group"
            onClick={() => setLeaving(true)}
          >
            <Icon name="leave" /> Leave this {kind === 'group' ? 'group' : 'conversation'}
          </button>
        )}
        {leaving && (
          <div className="confirm" role="alertdialog" aria-label="Leave?">
            <p>You will not see it any more, unless somebody lets you in again.</p>
            <span className="dialog-foot">
              <button type="button" className="quiet-button" onClick={() => setLeaving(false)}>
                Stay
              </button>
              <button
                type="button"
                className="primary danger-button"
                data-testid="confirm-leave"
                // biome-ignore lint/a11y/noAutofocus: the button that had the focus is gone
                autoFocus
                onClick={leave}
              >
                Leave
              </button>
            </span>
          </div>
        )}
      </div>
      {reported && <ReportDialog {...reported} onClose={() => setReported(null)} />}
    </Dialog>
  )
}
