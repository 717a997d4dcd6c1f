import { requestJson } from '../net/request-json.ts'

/** A demo person, offered in development only. */
export interface Person {
  userId: string
  name: string
  role: string
  avatarUrl: string | null
  token: string
}

let asked: Promise<Person[]> | undefined

/** Who is signed out needs other tokens: the next time they are asked for anew. */
export function forgetPeople(): void {
  asked = undefined
}

/** Empty where the server offers none, as in production. Asked once; a failure is asked again. */
export function listPeople(): Promise<Person[]> {
  asked ??= requestJson<{ data: Person[] }>('GET', '/dev/people').then(
    ({ data }) => data,
    () => {
      asked = undefined
      return []
    },
  )
  return asked
}
