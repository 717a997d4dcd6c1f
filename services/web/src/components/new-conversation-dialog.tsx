import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { newClientId } from '../chat/client-id.ts'
import { listPeople, type Person } from '../identity/people.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { belongsToInputMethod } from '../text/keys.ts'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import chipStyles from './chips.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import styles from './new-conversation-dialog.module.css'
import { PersonText } from './person-text.tsx'

interface NewConversationDialogProps {
  onClose(): void
  onCreated(id: string): void
}

/** One other person makes a direct conversation (found, if there is one), several make a group. */
export function NewConversationDialog({ onClose, onCreated }: NewConversationDialogProps) {
  const session = useSession()
  const myId = useChat((state) => state.me?.userId)
  const [people, setPeople] = useState<Person[]>([])
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [typed, setTyped] = useState('')
  const [title, setTitle] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  // The same for every try of the same group, so that an answer that was lost does not make two.
  const attempt = useRef({ body: '', clientId: '' })

  useEffect(() => {
    void listPeople().then((all) => setPeople(all.filter((person) => person.userId !== myId)))
  }, [myId])

  const addTyped = () => {
    const userId = typed.trim()
    if (userId && userId !== myId && !chosen.includes(userId)) setChosen([...chosen, userId])
    setTyped('')
  }
  const toggle = (userId: string) =>
    setChosen(chosen.includes(userId) ? chosen.filter((id) => id !== userId) : [...chosen, userId])
  const strangers = chosen.filter((userId) => !people.some((person) => person.userId === userId))
  const waiting = typed.trim() && !chosen.includes(typed.trim()) ? [...chosen, typed.trim()] : chosen
  const group = waiting.length > 1

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (waiting.length === 0 || busy) return
    setBusy(true)
    setRefusal(null)
    const body = JSON.stringify([waiting, title.trim()])
    if (attempt.current.body !== body) attempt.current = { body, clientId: newClientId() }
    try {
      const id = await session.startConversation(waiting, title.trim(), attempt.current.clientId)
      onClose()
      onCreated(id)
    } catch (err) {
      setRefusal(toRequestFailure(err).message)
      setBusy(false)
    }
  }
  const onTypedKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !typed.trim() || belongsToInputMethod(event.nativeEvent)) return
    event.preventDefault()
    addTyped()
  }

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form onSubmit={submit} className={styles.form}>
        {people.length > 0 && (
          <fieldset>
            <legend className="visually-hidden">People</legend>
            {people.map((person) => (
              <label className={styles.choice} key={person.userId} data-testid={`choice-${person.userId}`}>
                <input
                  type="checkbox"
                  checked={chosen.includes(person.userId)}
                  onChange={() => toggle(person.userId)}
                />
                <Avatar id={person.userId} name={person.name} url={person.avatarUrl} />
                <PersonText name={person.name}>
                  <span className="muted">{person.role}</span>
                </PersonText>
                <span className={styles.mark}>
                  <Icon name="check" />
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <Field label={people.length > 0 ? 'Somebody else' : 'With whom'}>
          <input
            value={typed}
            data-testid="user-id"
            dir="auto"
            data-first-focus
            maxLength={128}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="User id, then Enter"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onTypedKey}
          />
        </Field>
        {strangers.length > 0 && (
          <ul className={chipStyles.chips}>
            {strangers.map((userId) => (
              <li key={userId}>
                <button
                  type="button"
                  className={chipStyles.chip}
                  onClick={() => toggle(userId)}
                  aria-label={`Remove ${userId}`}
                >
                  <bdi>{userId}</bdi>
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {group && (
          <Field label="Group title (optional)">
            <input
              value={title}
              data-testid="group-title"
              dir="auto"
              maxLength={200}
              onChange={(event) => setTitle(event.target.value)}
            />
          </Field>
        )}
        {refusal && <InlineError>{refusal}</InlineError>}
        <DialogFoot>
          <Button type="submit" data-testid="create-conversation" disabled={waiting.length === 0 || busy}>
            {group ? `Create group with ${waiting.length} people` : 'Start conversation'}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
