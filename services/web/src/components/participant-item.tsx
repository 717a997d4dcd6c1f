import type { Participant, ParticipantRole } from '@parley/contracts'
import { useState } from 'react'
import { isolated, personName } from '../text/names.ts'
import { groupRoles, roleText } from '../text/roles.ts'
import { staffTag } from '../text/senders.ts'
import { Avatar } from './avatar.tsx'
import { IconButton } from './icon-button.tsx'
import styles from './participant-item.module.css'
import { PersonText } from './person-text.tsx'
import { Tag } from './tag.tsx'

interface ParticipantItemProps {
  participant: Participant
  isMe: boolean
  showsRole: boolean
  /** Given where the role may be changed, and the person removed. */
  onRole?(role: ParticipantRole): Promise<unknown>
  onRemove?(): void
}

export function ParticipantItem({ participant, isMe, showsRole, onRole, onRemove }: ParticipantItemProps) {
  const [busy, setBusy] = useState(false)
  const { userId, role, avatarUrl } = participant
  const name = personName(participant)
  const run = async (act: () => Promise<unknown>) => {
    setBusy(true)
    await act()
    setBusy(false)
  }
  return (
    <li className={styles.participant} data-testid={`participant-${userId}`}>
      <Avatar id={userId} name={name} url={avatarUrl} />
      <PersonText name={name} oneLine>
        {isMe && <span className="muted">you</span>}
      </PersonText>
      {onRole ? (
        <select
          value={role}
          disabled={busy}
          aria-label={`Role of ${isolated(name)}`}
          data-testid={`role-${userId}`}
          onChange={(event) => run(() => onRole(event.target.value as ParticipantRole))}
        >
          {Object.entries(groupRoles).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      ) : (
        showsRole && <Tag>{participant.staff ? staffTag : roleText(role)}</Tag>
      )}
      {onRemove && (
        <IconButton
          icon="close"
          disabled={busy}
          label={`Remove ${isolated(name)}`}
          title={`Remove ${isolated(name)}`}
          data-testid={`remove-${userId}`}
          onClick={onRemove}
        />
      )}
    </li>
  )
}
