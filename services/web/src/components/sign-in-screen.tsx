import { type FormEvent, useEffect, useState } from 'react'
import { namedInAddress } from '../identity/identity.ts'
import { listPeople, type Person } from '../identity/people.ts'
import { Avatar } from './avatar.tsx'
import { Button } from './button.tsx'
import { InlineError } from './inline-error.tsx'
import { Logo } from './logo.tsx'
import { PersonText } from './person-text.tsx'
import styles from './sign-in-screen.module.css'

interface SignInScreenProps {
  /** Why the last token was not accepted. */
  refusal: string | null
  onPick(token: string): void
}

export function SignInScreen({ refusal, onPick }: SignInScreenProps) {
  const [people, setPeople] = useState<Person[] | null>(null)
  const [token, setToken] = useState('')
  const named = namedInAddress()

  useEffect(() => {
    void listPeople().then(setPeople)
  }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (token.trim()) onPick(token.trim())
  }
  const missing = named && people && !people.some((person) => person.userId === named)

  return (
    <main className={styles.screen}>
      <div className={styles.card}>
        <Logo />
        <h1>Who are you?</h1>
        {refusal && <InlineError>{refusal}</InlineError>}
        {missing && !refusal && (
          <InlineError>
            There is no demo person “<bdi>{named}</bdi>”.
          </InlineError>
        )}
        {people === null && <p className="muted">Looking for demo people…</p>}
        {people && people.length > 0 && (
          <>
            <p className="muted">Pick a person. Open a second window to be someone else and write to yourself.</p>
            <ul className={styles.people}>
              {people.map((person) => (
                <li key={person.userId}>
                  <button
                    type="button"
                    className={styles.person}
                    data-testid={`person-card-${person.userId}`}
                    onClick={() => onPick(person.token)}
                  >
                    <Avatar id={person.userId} name={person.name} url={person.avatarUrl} />
                    <PersonText name={person.name}>
                      <span className="muted">{person.role}</span>
                    </PersonText>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
        <details className={styles.token} open={people?.length === 0}>
          <summary>Use an access token</summary>
          <form onSubmit={submit}>
            <label htmlFor="token">Access token from your application</label>
            <textarea
              id="token"
              rows={3}
              value={token}
              spellCheck={false}
              autoComplete="off"
              placeholder="eyJhbGciOi…"
              onChange={(event) => setToken(event.target.value)}
            />
            <Button type="submit" disabled={!token.trim()}>
              Continue
            </Button>
          </form>
        </details>
      </div>
    </main>
  )
}
