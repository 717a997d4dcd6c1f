import { Parser } from 'htmlparser2'

/** What a page says of itself, in the words of its head. */
export interface PageWords {
  title: string | null
  description: string | null
  siteName: string | null
  /** As it stands in the page. */
  image: string | null
}

const MAX_TITLE = 200
const MAX_DESCRIPTION = 400
const MAX_SITE_NAME = 80

/** Names of `meta` for each, the best first ([Open Graph](https://ogp.me), X's cards, HTML itself). */
const NAMES = {
  title: ['og:title', 'twitter:title'],
  description: ['og:description', 'twitter:description', 'description'],
  siteName: ['og:site_name', 'application-name'],
  image: ['og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src'],
}
const WANTED = new Set(Object.values(NAMES).flat())

/**
 * Reads a page as it comes, up to the end of its head. Markup is never shown: what is kept are plain texts.
 */
export function createPageReader(): { write(html: string): void; readonly complete: boolean; words(): PageWords } {
  const said = new Map<string, string>()
  let title = ''
  let inTitle = false
  let complete = false
  const parser = new Parser(
    {
      onopentag(name, attributes) {
        if (complete) return
        // A drawing in the page has a title of its own.
        if (name === 'title') inTitle = title === ''
        else if (name === 'body') complete = true
        if (name !== 'meta') return
        const key = (attributes.property ?? attributes.name ?? '').trim().toLowerCase()
        const content = attributes.content?.trim()
        if (content && WANTED.has(key) && !said.has(key)) said.set(key, content.slice(0, 4_096))
      },
      ontext(text) {
        if (inTitle && !complete && title.length < 4_096) title += text
      },
      onclosetag(name, implied) {
        if (name === 'title') inTitle = false
        else if (name === 'head' && !implied) complete = true
      },
    },
    { decodeEntities: true },
  )
  const first = (names: readonly string[]) => names.map((name) => said.get(name)).find((text) => text !== undefined)
  return {
    write: (html) => parser.write(html),
    get complete() {
      return complete
    },
    words: () => ({
      title: plain(first(NAMES.title) ?? title, MAX_TITLE),
      description: plain(first(NAMES.description), MAX_DESCRIPTION),
      siteName: plain(first(NAMES.siteName), MAX_SITE_NAME),
      image: first(NAMES.image) ?? null,
    }),
  }
}

/** On one line, without what is not seen, so long at most; null when nothing stays. */
function plain(text: string | undefined, max: number): string | null {
  if (text === undefined) return null
  const line = text
    .replace(/\p{Cs}/gu, '')
    .replace(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/(?![\u200c\u200d])[\p{Cf}\p{Co}]/gu, '')
    .normalize('NFC')
    .trim()
  if (line.length <= max) return line === '' ? null : line
  return `${line
    .slice(0, max - 1)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd()}…`
}
