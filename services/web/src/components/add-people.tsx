import { type FormEvent, useEffect, useState } from 'react'
import type { HeldConversation } from '../chat/chat-state.ts'
import { listPeople, type Person } from '../identity/people.ts'
import styles from './add-people.module.css'
import { Button } from './button.tsx'
import chipStyles from './chips.module.css'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'

interface AddPeopleProps {
  conversation: HeldConversation
  /** False: it was refused. */
  add(userId: string): Promise<boolean>
}

export function AddPeople({ conversation, add }: AddPeopleProps) {
  const [known, setKnown] = useState<Person[]>([])
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  useEffect(() => {
    void listPeople().then(setKnown)
  }, [])
  const present = new Set(conversation.participants.map(({ userId }) => userId))
  const missing = known.filter(({ userId }) => !present.has(userId))

  const run = async (userId: string) => {
    setBusy(true)
    const done = await add(userId)
    setBusy(false)
    return done
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const userId = typed.trim()
    if (userId && !busy && (await run(userId))) setTyped('')
  }

  return (
    <section aria-label="Add people">
      <form className={styles.form} onSubmit={submit}>
        <Field label="Add people">
          <input
            value={typed}
            data-testid="add-user-id"
            dir="auto"
            maxLength={128}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="User id"
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        <Button type="submit" disabled={!typed.trim() || busy}>
          Add
        </Button>
      </form>
      {missing.length > 0 && (
        <ul className={chipStyles.chips}>
          {missing.map(({ userId, name }) => (
            <li key={userId}>
              <button
                type="button"
                className={chipStyles.chip}
                disabled={busy}
                data-testid={`add-${userId}`}
                aria-label={`Add ${name}`}
                onClick={() => run(userId)}
              >
                <Icon name="plus" />
                <bdi>{name}</bdi>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
