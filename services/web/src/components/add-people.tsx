import { useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { personName } from '../text/names.ts'
import chipStyles from './chips.module.css'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'
import { NobodyFound } from './nobody-found.tsx'
import { useChooseOnly } from './use-choose-only.ts'
import { usePeople } from './use-people.ts'

interface AddPeopleProps {
  conversation: HeldConversation
  /** False: it was refused. */
  add(userId: string): Promise<boolean>
}

/** Lets people into a group: by name, one click each. */
export function AddPeople({ conversation, add }: AddPeopleProps) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const found = usePeople(typed)
  const present = new Set(conversation.participants.map(({ userId }) => userId))
  const missing = found.people.filter(({ userId }) => !present.has(userId))

  const run = async (userId: string) => {
    if (busy) return
    setBusy(true)
    if (await add(userId)) setTyped('')
    setBusy(false)
  }
  const onKeyDown = useChooseOnly(typed, found, missing, (person) => void run(person.userId))

  return (
    <section aria-label="Add people">
      <Field label="Add people">
        <input
          type="search"
          value={typed}
          data-testid="add-search"
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          placeholder="Search by name"
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </Field>
      {found.status === 'found' && found.people.length > 0 && missing.length === 0 && (
        <p className="muted">Everybody found is in this group already.</p>
      )}
      <NobodyFound typed={typed} found={found} onUseId={run} />
      {missing.length > 0 && (
        <ul className={chipStyles.chips}>
          {missing.map((person) => (
            <li key={person.userId}>
              <button
                type="button"
                className={chipStyles.chip}
                disabled={busy}
                data-testid={`add-${person.userId}`}
                aria-label={`Add ${personName(person)}`}
                onClick={() => run(person.userId)}
              >
                <Icon name="plus" />
                <bdi>{personName(person)}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
