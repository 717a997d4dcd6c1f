import type { Participant } from '@parley/contracts'
import { mentionOf } from '@parley/contracts/message-text'
import { personName } from './names.ts'

type Person = Pick<Participant, 'userId' | 'name'>

/** As many people as are offered at once. */
const MAX_OFFERED = 8
/** No name that somebody completes is longer than so many characters. */
const MAX_QUERY = 40

/** Of what somebody has typed, the names of people who are here, the longest first, become mentions. */
export function withMentions(text: string, people: readonly Person[]): string {
  if (!text.includes('@')) return text
  const byLength = [...people].sort((a, b) => personName(b).length - personName(a).length)
  let rest = text
  let written = ''
  for (let at = rest.indexOf('@'); at >= 0; at = rest.indexOf('@')) {
    const after = rest.slice(at + 1)
    const isInWord = /[\p{L}\p{N}_]$/u.test(written + rest.slice(0, at))
    const person = isInWord ? undefined : byLength.find((one) => beginsWith(after, personName(one)))
    written += rest.slice(0, at) + (person ? mentionOf(person.userId) : '@')
    rest = person ? after.slice(personName(person).length) : after
  }
  return written + rest
}

const beginsWith = (text: string, name: string) =>
  text.startsWith(name) && !/^[\p{L}\p{N}_]/u.test(text.slice(name.length))

export interface MentionQuery {
  /** Where its `@` stands. */
  from: number
  words: string
}

/** The name that somebody is about to write before the cursor. */
export function mentionQuery(text: string, caret: number): MentionQuery | null {
  const before = text.slice(Math.max(0, caret - MAX_QUERY - 1), caret)
  const [found, words] = /(?<![\p{L}\p{N}_])@([^@\n[\]]*)$/u.exec(before) ?? []
  if (found === undefined || words === undefined || words.startsWith(' ')) return null
  return { from: caret - found.length, words }
}

/** Whom it may become: the beginnings of words of their names, or their id. */
export function mentionable<P extends Person>(words: string, people: readonly P[], myId: string | undefined): P[] {
  const typed = fold(words)
  return people
    .filter((person) => person.userId !== myId)
    .filter((person) => {
      const name = fold(personName(person))
      return (
        name.startsWith(typed) || name.split(/\s+/u).some((word) => word.startsWith(typed)) || person.userId === words
      )
    })
    .slice(0, MAX_OFFERED)
}

const fold = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
