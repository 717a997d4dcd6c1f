import { type FormEvent, useState } from 'react'
import { useSession } from '../components/chat-context.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { clockTime } from '../text/dates.ts'

export function BroadcastTab() {
  const { admin } = useSession()
  const [title, setTitle] = useState('')
  const [content, setContent] = useState('')
  const [busy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<{ sentAt: string } | { refusal: string } | null>(null)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      const said = title.trim()
      const { at } = await admin.broadcast({ content: content.trim(), ...(said && { title: said }) })
      setOutcome({ sentAt: at })
      setTitle('')
      setContent('')
    } catch (err) {
      setOutcome({ refusal: toRequestFailure(err).message })
    }
    setBusy(false)
  }
  return (
    <form className="admin-page admin-narrow" onSubmit={submit}>
      <h2>Broadcast</h2>
      <p className="muted">To everybody who is connected now. Whoever is not does not hear of it later.</p>
      <label className="field">
        Title (optional)
        <input value={title} maxLength={200} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <label className="field">
        What you want to say
        <textarea
          rows={4}
          maxLength={2000}
          value={content}
          data-testid="broadcast-content"
          onChange={(event) => setContent(event.target.value)}
        />
      </label>
      {outcome && 'refusal' in outcome && (
        <p className="inline-error" role="alert">
          {outcome.refusal}
        </p>
      )}
      <div className="card-foot">
        {outcome && 'sentAt' in outcome && (
          <p className="muted" role="status">
            Sent at {clockTime(outcome.sentAt)}.
          </p>
        )}
        <button type="submit" className="primary" data-testid="send-broadcast" disabled={!content.trim() || busy}>
          Send to everybody
        </button>
      </div>
    </form>
  )
}
