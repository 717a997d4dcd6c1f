import type { Participant, ParticipantRole } from '@parley/contracts'
import { useState } from 'react'
import { personName } from '../text/names.ts'
import { groupRoles, roleText } from '../text/roles.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icon.tsx'

interface ParticipantItemProps {
  participant: Participant
  isMe: boolean
  showsRole: boolean
  /** Given where the role may be changed, and the person removed. */
  onRole?(role: ParticipantRole): Promise<unknown>
  onRemove?(): Promise<unknown>
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
    <li className="participant" data-testid={`participant-${userId}`}>
      <Avatar id={userId} name={name} url={avatarUrl} />
      <span className="person-text">
        <span className="person-name">{name}</span>
        <span className="muted">{[...(isMe ? ['you'] : []), ...(name === userId ? [] : [userId])].join(' · ')}</span>
      </span>
      {onRole ? (
        <select
          value={role}
          disabled={busy}
          aria-label={`Role of ${name}`}
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
        showsRole && <span className="tag">{roleText(role)}</span>
      )}
      {onRemove && (
        <button
          type="button"
          className="icon-button"
          disabled={busy}
          aria-label={`Remove ${name}`}
          title={`Remove ${name}`}
          data-testid={`remove-${userId}`}
          onClick={() => run(onRemove)}
        >
          <Icon name="close" />
        </button>
      )}
    </li>
  )
}
