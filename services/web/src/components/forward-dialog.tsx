import type { ForwardedMessages, Message } from '@parley/contracts'
import { type FormEvent, useMemo, useState } from 'react'
import { writableBy } from '../chat/own-conversations.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { numberText } from '../text/dates.ts'
import { conversationName, isolated, previewOf } from '../text/names.ts'
import { Button } from './button.tsx'
import { useChat, useSession } from './chat-context.ts'
import { ConversationAvatar } from './conversation-avatar.tsx'
import { Dialog, DialogFoot } from './dialog.tsx'
import { Field } from './field.tsx'
import styles from './forward-dialog.module.css'
import { Icon } from './icon.tsx'
import { InlineError } from './inline-error.tsx'
import choiceStyles from './new-conversation-dialog.module.css'
import { PersonText } from './person-text.tsx'
import { Quote } from './quote.tsx'

type Outcome = ForwardedMessages['data'][number]

/** The server takes no more at once. */
const MAX_TARGETS = 20

/** Passes a message on to some of one's conversations; what became of it is said of each. */
export function ForwardDialog({ message, onClose }: { message: Message; onClose(): void }) {
  const session = useSession()
  const conversations = useChat((state) => state.conversations)
  const myId = useChat((state) => state.me?.userId)
  const [typed, setTyped] = useState('')
  const [chosen, setChosen] = useState<readonly string[]>([])
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([])
  const [failure, setFailure] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [forward] = useState(() => session.messages.forwarding(message.id))
  const writable = useMemo(() => writableBy(myId, conversations), [conversations, myId])
  const words = typed.trim().toLowerCase()
  const found = writable.filter(
    (conversation) =>
      chosen.includes(conversation.id) || conversationName(conversation, myId).toLowerCase().includes(words),
  )
  const outcomeOf = (id: string) => outcomes.find(({ conversationId }) => conversationId === id)
  const toggle = (id: string) => setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (chosen.length === 0 || busy) return
    setBusy(true)
    setFailure(null)
    try {
      const data = await forward(chosen)
      const refused = data.filter(({ error }) => error !== null)
      setOutcomes([...outcomes.filter(({ conversationId }) => !chosen.includes(conversationId)), ...data])
      setChosen([])
      if (refused.length === 0) {
        session.notify(data.length === 1 ? 'Passed on.' : `Passed on to ${numberText(data.length)} conversations.`)
        onClose()
      }
    } catch (err) {
      setFailure(toRequestFailure(err).message)
    }
    setBusy(false)
  }

  return (
    <Dialog title="Forward to" onClose={onClose}>
      <form className={choiceStyles.form} onSubmit={submit}>
        <Quote text={previewOf(message, conversations[message.conversationId]?.participants)} />
        <Field label="Conversations">
          <input
            type="search"
            dir="auto"
            autoComplete="off"
            data-first-focus
            data-testid="forward-search"
            placeholder="Search by name"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        <fieldset>
          <legend className="visually-hidden">Conversations</legend>
          {found.map((conversation) => {
            const outcome = outcomeOf(conversation.id)
            return (
              <label className={choiceStyles.choice} key={conversation.id} data-testid="forward-target">
                <input
                  type="checkbox"
                  checked={chosen.includes(conversation.id)}
                  disabled={
                    outcome?.error === null || (chosen.length >= MAX_TARGETS && !chosen.includes(conversation.id))
                  }
                  onChange={() => toggle(conversation.id)}
                />
                <ConversationAvatar conversation={conversation} myId={myId} />
                <PersonText name={conversationName(conversation, myId)}>
                  {outcome && (
                    <span
                      className={styles.outcome}
                      data-testid="forward-outcome"
                      data-failed={outcome.error !== null || undefined}
                    >
                      {outcome.error ? `Not sent. ${isolated(outcome.error.message)}` : 'Sent'}
                    </span>
                  )}
                </PersonText>
                <span className={choiceStyles.mark}>
                  <Icon name="check" />
                </span>
              </label>
            )
          })}
        </fieldset>
        {found.length === 0 && <p className="muted">No conversation of that name.</p>}
        {failure && <InlineError>{failure}</InlineError>}
        <DialogFoot>
          <Button quiet onClick={onClose}>
            {outcomes.length > 0 ? 'Close' : 'Cancel'}
          </Button>
          <Button type="submit" data-testid="forward" disabled={chosen.length === 0 || busy}>
            {chosen.length > 1 ? `Forward to ${numberText(chosen.length)}` : 'Forward'}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  )
}
