import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { newClientId } from '../chat/client-id.ts'
import { listPeople, type Person } from '../identity/people.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { Avatar } from './avatar.tsx'
import { useChat, useSession } from './chat-context.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

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
    if (event.key !== 'Enter' || !typed.trim()) return
    event.preventDefault()
    addTyped()
  }

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form onSubmit={submit} className="new-conversation">
        {people.length > 0 && (
          <fieldset>
            <legend className="visually-hidden">People</legend>
            {people.map((person) => (
              <label className="choice" key={person.userId} data-testid={`choice-${person.userId}`}>
                <input
                  type="checkbox"
                  checked={chosen.includes(person.userId)}
                  onChange={() => toggle(person.userId)}
                />
                <Avatar id={person.userId} name={person.name} url={person.avatarUrl} />
                <span className="person-text">
                  <span className="person-name">{person.name}</span>
                  <span className="muted">{person.role}</span>
                </span>
                <span className="choice-mark">
                  <Icon name="check" />
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <label className="field">
          {people.length > 0 ? 'Somebody else' : 'With whom'}
          <input
            value={typed}
            data-testid="user-id"
            data-first-focus
            maxLength={128}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            placeholder="User id, then Enter"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onTypedKey}
          />
        </label>
        {strangers.length > 0 && (
          <ul className="chips">
            {strangers.map((userId) => (
              <li key={userId}>
                <button type="button" className="chip" onClick={() => toggle(userId)} aria-label={`Remove ${userId}`}>
                  {userId}
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {group && (
          <label className="field">
            Group title (optional)
            <input
              value={title}
              data-testid="group-title"
              maxLength={200}
              onChange={(event) => setTitle(event.target.value)}
            />
          </label>
        )}
        {refusal && (
          <p className="inline-error" role="alert">
            {refusal}
          </p>
        )}
        <div className="dialog-foot">
          <button
            type="submit"
            className="primary"
            data-testid="create-conversation"
            disabled={waiting.length === 0 || busy}
          >
            {group ? `Create group with ${waiting.length} people` : 'Start conversation'}
          </button>
        </div>
      </form>
    </Dialog>
  )
}
