import type { Standing, TemplateKind } from '@parley/contracts'
import { sentId } from '../lanes/sent-id.ts'
import type { Channel } from '../ports/channel.ts'
import type { Asked, Lane, Prepared, Unsent } from '../ports/lane.ts'
import type { Mail, MailLinks } from '../ports/mail.ts'
import type { PreferencesOf } from '../ports/preferences.ts'
import type { Store } from '../ports/store.ts'
import type { LinkOf } from '../ports/words.ts'
import { inQuietHours } from '../preferences/may-tell.ts'
import { render } from '../words/render.ts'
import { templatesFor } from '../words/templates.ts'
import { viewOf } from '../words/view.ts'

export interface MailLaneDeps {
  store: Store
  channel: Channel<Mail>
  preferencesOf: PreferencesOf
  links: Pick<MailLinks, 'unsubscribeUrl'>
  linkOf: LinkOf
  now?: () => Date
  /** Where what somebody answers arrives in the conversation; null: nowhere. */
  replyAddressOf: (tenantId: string, userId: string, conversationId: string) => Promise<string | null>
}

/** What waits to be e-mailed. It is written when it leaves, in the words and the language that hold then. */
export function createMailLane(deps: MailLaneDeps): Lane {
  const { store, preferencesOf, channel, now = () => new Date() } = deps
  return {
    channel: 'email',
    async prepare(tenantId, asked) {
      const users = asked.map(({ taken }) => ({ conversationId: null, userId: taken.userId, email: taken.target }))
      const wishes = new Map((await preferencesOf(tenantId, users)).map((wish, i) => [users[i]!.userId, wish] as const))
      const unreachable = await store.transaction(tenantId, ({ addresses }) =>
        addresses.unreachableAmong(asked.map(({ taken }) => taken.target)),
      )
      const templateOf = templatesFor(store, tenantId, 'email')
      const prepare = async ({ taken, standing }: Asked): Promise<Prepared | Unsent> => {
        const { userId, target } = taken
        const preferences = wishes.get(userId)?.preferences
        if (taken.withdraws) return { state: 'withdrawn', reason: 'an e-mail is not taken back' }
        if (!standing) return { state: 'withdrawn', reason: 'nothing of it may leave any more' }
        if (!preferences?.channels.email) return { state: 'withdrawn', reason: 'no e-mails are wanted' }
        // it was theirs when it was decided, which may be weeks ago
        if (!isStillTheirs(standing, target)) return { state: 'gone', reason: 'the address is not theirs any more' }
        if (unreachable.has(target)) return { state: 'gone', reason: 'no server takes e-mails for the address' }
        const quiet = inQuietHours(preferences, now())
        if (quiet) return quiet
        const mail = await write({ ...deps, templateOf }, tenantId, taken, standing, {
          isHidden: !preferences.previews,
          timeZone: preferences.quietHours?.timeZone ?? null,
        })
        return {
          handOver: (context) => channel.handOver(mail, context),
          forget: (reason) => store.transaction(tenantId, ({ addresses }) => addresses.markUnreachable(target, reason)),
        }
      }
      const prepared: (Prepared | Unsent)[] = []
      for (const one of asked) prepared.push(await prepare(one))
      return prepared
    },
  }
}

/** Addresses are compared without their case, as mailboxes are told apart; the conversation service's former release says none. */
function isStillTheirs({ user: { email } }: Standing, target: string): boolean {
  return email === undefined || email?.toLowerCase() === target.toLowerCase()
}

async function write(
  { links, linkOf, replyAddressOf, templateOf }: MailLaneDeps & { templateOf: ReturnType<typeof templatesFor> },
  tenantId: string,
  taken: Asked['taken'],
  standing: Standing,
  { isHidden, timeZone }: { isHidden: boolean; timeZone: string | null },
): Promise<Mail> {
  const { userId, target, kind } = taken
  const locale = standing.user.locale ?? 'en'
  const template: TemplateKind = isHidden ? 'hidden' : kind
  const { conversation } = standing
  const replyTo = conversation && (await replyAddressOf(tenantId, userId, conversation.id))
  const unsubscribeUrl = links.unsubscribeUrl(tenantId, userId)
  const ways = { url: conversation && linkOf(conversation.id), unsubscribeUrl, canReply: replyTo !== null }
  const words = await templateOf(template, locale)
  const said = render(words, viewOf({ kind, ...standing }, ways, { isHidden, locale, timeZone }))
  // a template of an e-mail has all three
  const { subject = '', text = '', html = '' } = said
  return {
    id: sentId(taken, standing.messages.at(-1)?.seq),
    tenantId,
    userId,
    to: target,
    subject,
    text,
    html,
    thread: `${conversation?.id ?? kind}.${userId}`,
    replyTo,
    unsubscribeUrl,
  }
}
