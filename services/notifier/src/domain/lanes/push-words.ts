import type { Store } from '../ports/store.ts'
import type { ToldOf, Words } from '../ports/words.ts'
import { render } from '../words/render.ts'
import { templateFor } from '../words/templates.ts'
import { viewOf } from '../words/view.ts'

/** Where nobody knows which language somebody reads. */
const LOCALE = 'en'
const MOST_TITLE = 120

/** What a push says: the tenant's own words, or Parley's. */
export function createPushWords(store: Store): Words {
  return async (tenantId, told) => {
    const known = new Map<string, ReturnType<typeof templateFor>>()
    const templateOf = ({ kind, previews, locale }: ToldOf) => {
      const place = [previews ? kind : ('hidden' as const), 'push', locale ?? LOCALE] as const
      const name = place.join(' ')
      const template = known.get(name) ?? templateFor(store, tenantId, ...place)
      known.set(name, template)
      return template
    }
    const texts: Awaited<ReturnType<Words>> = []
    // one after the other: most are of one template
    for (const one of told) {
      const { kind, standing, locale, previews, url } = one
      const { title = '', body = '' } = render(
        await templateOf(one),
        viewOf(
          { kind, ...standing },
          { url, unsubscribeUrl: null, canReply: false },
          { isHidden: !previews, locale: locale ?? LOCALE, timeZone: null },
        ),
      )
      texts.push({ title: [...title].slice(0, MOST_TITLE).join(''), body })
    }
    return texts
  }
}
