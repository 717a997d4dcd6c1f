import {
  type Actor,
  type Audience,
  type Notifications,
  type NotificationTemplate,
  ParleyError,
  type TemplateChannel,
  type TemplateKind,
  type TemplateWords,
} from '@parley/contracts'
import type { Store } from '../ports/store.ts'
import { MAX_TEMPLATES, type TemplatePlace } from '../ports/templates.ts'
import { checkTemplate } from './check-template.ts'
import { exampleOf } from './example.ts'
import { languageOf } from './languages.ts'
import { render } from './render.ts'
import { shippedTemplate } from './shipped-templates.ts'
import { viewOf } from './view.ts'

type Templates = Pick<
  Notifications,
  | 'listNotificationTemplates'
  | 'getNotificationTemplate'
  | 'putNotificationTemplate'
  | 'removeNotificationTemplate'
  | 'previewNotificationTemplate'
>

/** A locale and those that stand in for it: `de-CH-1996`, `de-CH`, `de`. */
function localesFor(locale: string): string[] {
  const parts = locale.split('-')
  return parts.map((_, i) => parts.slice(0, parts.length - i).join('-'))
}

/** The words in which somebody of that locale is told: the tenant's own of the nearest locale, or Parley's. */
export async function templateFor(
  store: Store,
  tenantId: string,
  kind: TemplateKind,
  channel: TemplateChannel,
  locale: string,
): Promise<NotificationTemplate> {
  const locales = localesFor(locale)
  const own = await store.transaction(tenantId, ({ templates }) => templates.find(kind, channel, locales))
  const [nearest] = own.sort((one, other) => locales.indexOf(one.locale) - locales.indexOf(other.locale))
  if (nearest) return nearest
  const language = languageOf(locale)
  const words = shippedTemplate(kind, channel, language)
  return { kind, channel, locale: language, ...words, updatedAt: null, updatedBy: null }
}

/** The same for several who are told at once: most of them in the same words. */
export function templatesFor(store: Store, tenantId: string, channel: TemplateChannel) {
  const known = new Map<string, Promise<NotificationTemplate>>()
  return (kind: TemplateKind, locale: string): Promise<NotificationTemplate> => {
    const name = `${kind} ${locale}`
    const found = known.get(name) ?? templateFor(store, tenantId, kind, channel, locale)
    known.set(name, found)
    return found
  }
}

/** As the audit log names one. */
const nameOf = ({ kind, channel, locale }: TemplatePlace) => `${kind} ${channel} ${locale}`

/** What admins say of the words. What they change is in the audit log. */
export function createTemplates({
  store,
  audience,
}: {
  store: Store
  audience: Pick<Audience, 'admit' | 'auditAction'>
}): Templates {
  const requireAdmin = async (actor: Actor) => {
    const { role } = await audience.admit(actor, { conversationId: null })
    if (role === 'user') throw new ParleyError('forbidden', 'Only an admin may do that')
  }
  return {
    async listNotificationTemplates(actor) {
      await requireAdmin(actor)
      return { data: await store.transaction(actor.tenantId, ({ templates }) => templates.list()) }
    },
    async getNotificationTemplate(actor, { kind, channel, locale }) {
      await requireAdmin(actor)
      return templateFor(store, actor.tenantId, kind, channel, locale)
    },
    async putNotificationTemplate(actor, { kind, channel, locale, ...given }) {
      await requireAdmin(actor)
      const words = checkTemplate(channel, given)
      const place = { kind, channel, locale }
      await audience.auditAction(actor, { action: 'template.put', target: nameOf(place) })
      const fits = await store.transaction(actor.tenantId, ({ templates }) => templates.put(place, words, actor.userId))
      if (!fits)
        throw new ParleyError('invalid_input', `There are ${MAX_TEMPLATES} templates, which is as many as there may be`)
      return templateFor(store, actor.tenantId, kind, channel, locale)
    },
    async removeNotificationTemplate(actor, place) {
      await requireAdmin(actor)
      await audience.auditAction(actor, { action: 'template.removed', target: nameOf(place) })
      await store.transaction(actor.tenantId, ({ templates }) => templates.remove(place))
      return {}
    },
    async previewNotificationTemplate(actor, { kind, channel, locale, ...given }) {
      await requireAdmin(actor)
      const words: TemplateWords =
        Object.keys(given).length > 0
          ? checkTemplate(channel, given)
          : await templateFor(store, actor.tenantId, kind, channel, locale)
      const { told, ways } = exampleOf(kind, locale)
      return render(words, viewOf(told, ways, { isHidden: kind === 'hidden', locale, timeZone: 'Europe/Berlin' }))
    },
  }
}
