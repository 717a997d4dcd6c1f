import type { Role } from './roles.ts'
import { idOf } from './scenes.ts'

/** What else than `secret-beta-…` a role of the first tenant may read: the scenes that it is in. */
const scenes: Partial<Record<Role, readonly string[]>> = {
  owner: [
    'group',
    'closed',
    'context',
    'readOnly',
    'hidden',
    'unstarted',
    'direct-participant',
    'direct-blocked',
    'direct-disabled',
  ],
  participant: ['group', 'closed', 'context', 'readOnly', 'hidden', 'unstarted', 'direct-participant'],
  rejoined: ['group', 'closed', 'context', 'readOnly', 'unstarted'],
  observer: ['group', 'closed', 'hidden'],
  blocked: ['group', 'closed', 'context', 'readOnly', 'hidden', 'unstarted', 'direct-blocked', 'blocker'],
}

/** What somebody reads who may not: contents, titles and addresses of what is not theirs. */
export function leaksIn(text: string, role: Role): string[] {
  const found = new Set(text.match(/secret-\w+-[\w-]+\./g))
  return [...found].flatMap((secret) => {
    const [, tenant, scene] = /^secret-(\w+?)-(.*)\.$/.exec(secret)!
    if (role === 'foreignAdmin') return tenant === 'beta' ? [] : [`reads ${secret}`]
    const isTheirs = scene === `email-${idOf(role)}` || scenes[role]?.includes(scene!) === true
    const mayRead = tenant === 'alpha' && (role === 'admin' || role === 'service' || isTheirs)
    return mayRead ? [] : [`reads ${secret}`]
  })
}

const identifiers = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:secret|person|booking)-[\w-]+/g

/** A refusal names nothing that was not named in what it refuses. */
export function leaksInRefusal(text: string, sent: string): string[] {
  return [...new Set(text.match(identifiers))].flatMap((id) => (sent.includes(id) ? [] : [`names ${id}`]))
}
