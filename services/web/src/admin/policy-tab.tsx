import type { PolicySettings, PresetName, TenantPolicy } from '@parley/contracts'
import { type FormEvent, useEffect, useState } from 'react'
import { Button } from '../components/button.tsx'
import { useSession } from '../components/chat-context.ts'
import { Field } from '../components/field.tsx'
import { InlineError } from '../components/inline-error.tsx'
import { toRequestFailure } from '../net/request-failure.ts'
import pageStyles from './admin-page.module.css'
import styles from './policy-tab.module.css'
import { readSettings, type Settings, writeSettings } from './policy-text.ts'

const presets: Record<PresetName, string> = {
  default: 'Default: everybody with everybody',
  appointments: 'Appointments',
  'support-desk': 'Support desk',
  direct: 'Direct messages only',
  contracts: 'Contracts and milestones',
  marketplace: 'Marketplace',
}

export function PolicyTab() {
  const { admin } = useSession()
  const [policy, setPolicy] = useState<TenantPolicy | null>(null)
  const [draft, setDraft] = useState<Settings>({ preset: 'default', json: '{}' })
  const [problems, setProblems] = useState<readonly string[]>([])
  const [saved, setSaved] = useState(false)
  const [busy, setBusy] = useState(false)

  useEffect(() => {
    let gone = false
    admin.getPolicy().then(
      (found) => {
        if (gone) return
        setPolicy(found)
        setDraft(writeSettings(found.settings))
      },
      (err) => !gone && setProblems([toRequestFailure(err).message]),
    )
    return () => {
      gone = true
    }
  }, [admin])

  const change = (part: Partial<Settings>) => {
    setDraft({ ...draft, ...part })
    setSaved(false)
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setSaved(false)
    const read = readSettings(draft)
    if ('problem' in read) return setProblems([read.problem])
    setBusy(true)
    try {
      // Whether it is a policy is for the server to say: it names the place that is not right.
      const stored = await admin.setPolicy(read.settings as PolicySettings)
      setPolicy(stored)
      setDraft(writeSettings(stored.settings))
      setProblems([])
      setSaved(true)
    } catch (err) {
      const { message, places } = toRequestFailure(err)
      setProblems(places.length > 0 ? places.map(({ pointer, detail }) => `${pointer || '/'} ${detail}`) : [message])
    }
    setBusy(false)
  }

  return (
    <form className={pageStyles.page} data-narrow onSubmit={submit}>
      <h2>Policy</h2>
      <p className="muted">
        A preset, and what is to be otherwise. Conversations that are there keep their status until their context
        changes.
      </p>
      <Field label="Preset">
        <select
          value={draft.preset}
          data-testid="preset"
          onChange={(event) => change({ preset: event.target.value as PresetName })}
        >
          {Object.entries(presets).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Settings over the preset (JSON)">
        <textarea
          className={styles.json}
          rows={14}
          value={draft.json}
          spellCheck={false}
          data-testid="policy-json"
          onChange={(event) => change({ json: event.target.value })}
        />
      </Field>
      {problems.length > 0 && (
        <InlineError>
          <ul data-testid="policy-problems">
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </InlineError>
      )}
      <div className={pageStyles.foot}>
        {saved && (
          <p className="muted" role="status">
            Saved. It holds from now on.
          </p>
        )}
        <Button type="submit" data-testid="save-policy" disabled={busy || !policy}>
          Save
        </Button>
      </div>
      {policy && (
        <details>
          <summary>What holds now</summary>
          <pre>{JSON.stringify(policy.policy, null, 2)}</pre>
        </details>
      )}
    </form>
  )
}
