import { type FormEvent, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { Field } from '../components/field.tsx'
import { InlineError } from '../components/inline-error.tsx'
import { RoomLeft } from '../components/room-left.tsx'
import { toRequestFailure } from '../net/request-failure.ts'
import { clockTime } from '../text/dates.ts'
import { fits } from '../text/length.ts'
import pageStyles from './admin-page.module.css'

const MAX_TITLE = 200
const MAX_CONTENT = 2000

export function BroadcastTab() {
  const { admin } = useSession()
  const [title, setTitle] = useState('')
  const [content, setContent] = useState('')
  const [link, setLink] = useState('')
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<{ sentAt: string } | { refusal: string } | null>(null)

  const isTooLong = !fits(title, MAX_TITLE) || !fits(content, MAX_CONTENT)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (isTooLong) return
    setBusy(true)
    try {
      const [said, more] = [title.trim(), link.trim()]
      const { at } = await admin.broadcast({
        content: content.trim(),
        ...(said && { title: said }),
        ...(more && { link: more }),
      })
      setOutcome({ sentAt: at })
      setTitle('')
      setContent('')
      setLink('')
    } catch (err) {
      setOutcome({ refusal: toRequestFailure(err).message })
    }
    setBusy(false)
  }
  return (
    <form className={pageStyles.page} data-narrow onSubmit={submit}>
      <h2>Broadcast</h2>
      <p className="muted">
        To everybody: at once to those who are connected, and to the others when they come in the next days.
      </p>
      <Field label="Title (optional)">
        <input dir="auto" value={title} onChange={(event) => setTitle(event.target.value)} />
        <RoomLeft text={title.trim()} limit={MAX_TITLE} />
      </Field>
      <Field label="What you want to say">
        <textarea
          rows={4}
          value={content}
          data-testid="broadcast-content"
          dir="auto"
          onChange={(event) => setContent(event.target.value)}
        />
        <RoomLeft text={content.trim()} limit={MAX_CONTENT} />
      </Field>
      <Field label="Where there is more to read (optional)">
        <input
          type="url"
          value={link}
          placeholder="https://…"
          data-testid="broadcast-link"
          onChange={(event) => setLink(event.target.value)}
        />
      </Field>
      {outcome && 'refusal' in outcome && <InlineError>{outcome.refusal}</InlineError>}
      <div className={pageStyles.foot}>
        {outcome && 'sentAt' in outcome && (
          <p className="muted" role="status">
            Sent at {clockTime(outcome.sentAt)}.
          </p>
        )}
        <Button type="submit" data-testid="send-broadcast" disabled={!content.trim() || isTooLong || busy}>
          Send to everybody
        </Button>
      </div>
    </form>
  )
}
