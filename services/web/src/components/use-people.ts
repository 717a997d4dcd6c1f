import type { UserProfile } from '@parley/contracts'
import { useEffect, useMemo, useState } from 'react'
import { peopleKnown } from '../chat/people-search.ts'
import { listPeople } from '../identity/people.ts'
import { toRequestFailure } from '../net/request-failure.ts'
import { useChat, useSession } from './chat-context.ts'

/** A person to choose, and what else is known of them. */
export type Candidate = UserProfile & { about?: string }

export interface People {
  people: readonly Candidate[]
  /** `known`: nothing is typed, and those are shown whom one knows. */
  status: 'known' | 'searching' | 'found' | 'failed'
  detail: string | null
}

/** Whom to choose from, by what is typed: those whom one knows, or those whom the server finds. */
export function usePeople(typed: string): People {
  const { people: actions } = useSession()
  const conversations = useChat((state) => state.conversations)
  const myId = useChat((state) => state.me?.userId)
  const [demo, setDemo] = useState<readonly Candidate[]>([])
  const [answer, setAnswer] = useState<{ typed: string; people: readonly Candidate[]; detail: string | null } | null>(
    null,
  )
  const words = typed.trim()

  useEffect(() => {
    void listPeople().then((all) =>
      setDemo(all.map(({ userId, name, avatarUrl, role }) => ({ userId, name, avatarUrl, about: role }))),
    )
  }, [])
  useEffect(() => {
    let over = false
    actions.search.find(words).then(
      (people) => !over && people && setAnswer({ typed: words, people, detail: null }),
      (err) => !over && setAnswer({ typed: words, people: [], detail: toRequestFailure(err).message }),
    )
    return () => {
      over = true
    }
  }, [actions, words])

  const known = useMemo(() => {
    const people = new Map<string, Candidate>()
    for (const person of [...demo, ...peopleKnown(conversations, myId)])
      if (person.userId !== myId && !people.has(person.userId)) people.set(person.userId, person)
    return [...people.values()]
  }, [demo, conversations, myId])

  if (!words) return { people: known, status: 'known', detail: null }
  if (answer?.typed !== words) return { people: [], status: 'searching', detail: null }
  const found = answer.people.filter(({ userId }) => userId !== myId)
  return { people: found, status: answer.detail ? 'failed' : 'found', detail: answer.detail }
}
