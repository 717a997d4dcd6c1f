import type { Store } from '../ports/store.ts'
import type { Words } from '../ports/words.ts'
import { render } from '../words/render.ts'
import { templatesFor } from '../words/templates.ts'
import { viewOf } from '../words/view.ts'

/** Where nobody knows which language somebody reads. */
const LOCALE = 'en'
const MOST_TITLE = 120

/** What a push says: the tenant's own words, or Parley's. */
export function createPushWords(store: Store): Words {
  return async (tenantId, told) => {
    const templateOf = templatesFor(store, tenantId, 'push')
    const texts: Awaited<ReturnType<Words>> = []
    // one after the other: most are of one template
    for (const one of told) {
      const { kind, standing, locale, previews, url } = one
      const { title = '', body = '' } = render(
        await templateOf(previews ? kind : 'hidden', locale ?? LOCALE),
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
