import { type FormEvent, useRef, useState } from 'react'
import { newClientId } from '../chat/client-id.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { fits } from '../text/length.ts'
import { personName } from '../text/names.ts'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { useSession } from './chat-context.ts'
import chipStyles from './chips.module.css'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import styles from './new-conversation-dialog.module.css'
import { NobodyFound } from './nobody-found.tsx'
import { PersonText } from './person-text.tsx'
import { RoomLeft } from './room-left.tsx'
import { useChooseOnly } from './use-choose-only.ts'
import { type Candidate, usePeople } from './use-people.ts'

interface NewConversationDialogProps {
  onClose(): void
  onCreated(id: string): void
}

const MAX_TITLE = 200

/** One other person makes a direct conversation (found, if there is one), several make a group. */
export function NewConversationDialog({ onClose, onCreated }: NewConversationDialogProps) {
  const session = useSession()
  const [chosen, setChosen] = useState<readonly Candidate[]>([])
  const [typed, setTyped] = useState('')
  const [title, setTitle] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const search = useRef<HTMLInputElement>(null)
  // The same for every try of the same group, so that an answer that was lost does not make two.
  const attempt = useRef({ body: '', clientId: '' })
  const found = usePeople(typed)
  const group = chosen.length > 1
  const isChosen = ({ userId }: Candidate) => chosen.some((person) => person.userId === userId)

  const toggle = (person: Candidate) => {
    setChosen(isChosen(person) ? chosen.filter(({ userId }) => userId !== person.userId) : [...chosen, person])
    setRefusal(null)
  }
  /** The name that was searched for has served. */
  const choose = (person: Candidate) => {
    toggle(person)
    if (!typed) return
    setTyped('')
    search.current?.focus()
  }

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (chosen.length === 0 || busy || !fits(title, MAX_TITLE)) return
    setBusy(true)
    setRefusal(null)
    const userIds = chosen.map(({ userId }) => userId)
    const body = JSON.stringify([userIds, title.trim()])
    if (attempt.current.body !== body) attempt.current = { body, clientId: newClientId() }
    try {
      const id = await session.startConversation(userIds, title.trim(), attempt.current.clientId)
      onClose()
      onCreated(id)
    } catch (err) {
      setRefusal(toRequestFailure(err).message)
      setBusy(false)
    }
  }
  const others = found.people.filter((person) => !isChosen(person))
  const onSearchKey = useChooseOnly(typed, found, others, choose)

  return (
    <Dialog title="New conversation" onClose={onClose}>
      <form onSubmit={submit} className={styles.form}>
        <Field label="With whom">
          <input
            ref={search}
            type="search"
            value={typed}
            data-testid="people-search"
            data-first-focus
            dir="auto"
            autoComplete="off"
            spellCheck={false}
            placeholder="Search by name"
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={onSearchKey}
          />
        </Field>
        {chosen.length > 0 && (
          <ul className={chipStyles.chips} aria-label="Chosen">
            {chosen.map((person) => (
              <li key={person.userId}>
                <button
                  type="button"
                  className={chipStyles.chip}
                  data-testid={`chosen-${person.userId}`}
                  onClick={() => toggle(person)}
                  aria-label={`Remove ${personName(person)}`}
                >
                  <bdi>{personName(person)}</bdi>
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
        )}
        {found.people.length > 0 && (
          <fieldset>
            <legend className="visually-hidden">People</legend>
            {found.people.map((person) => (
              <label className={styles.choice} key={person.userId} data-testid={`choice-${person.userId}`}>
                <input type="checkbox" checked={isChosen(person)} onChange={() => choose(person)} />
                <Avatar id={person.userId} name={personName(person)} url={person.avatarUrl} />
                <PersonText name={personName(person)}>
                  {person.about && <span className="muted">{person.about}</span>}
                </PersonText>
                <span className={styles.mark}>
                  <Icon name="check" />
                </span>
              </label>
            ))}
          </fieldset>
        )}
        <NobodyFound
          typed={typed}
          found={found}
          onUseId={(userId) => choose({ userId, name: null, avatarUrl: null })}
        />
        {group && (
          <Field label="Group title (optional)">
            <input
              value={title}
              data-testid="group-title"
              dir="auto"
              onChange={(event) => setTitle(event.target.value)}
            />
            <RoomLeft text={title.trim()} limit={MAX_TITLE} />
          </Field>
        )}
        {refusal && <InlineError>{refusal}</InlineError>}
        <DialogFoot>
          <Button
            type="submit"
            data-testid="create-conversation"
            disabled={chosen.length === 0 || busy || !fits(title, MAX_TITLE)}
          >
            {group ? `Create group with ${chosen.length} people` : 'Start conversation'}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
