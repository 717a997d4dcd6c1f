import type { AttachmentLink, LinkAttachment } from '@parley/contracts'

interface AttachmentLinksDeps {
  /** Rejects with `RequestFailure`. */
  ask(input: LinkAttachment): Promise<AttachmentLink>
  /** Where a path of the server's is for this page. */
  resolve(url: string): string
  now(): number
}

type Wanted = Pick<LinkAttachment, 'attachmentId' | 'variant' | 'disposition'>

/** What is about to end is not given out: somebody has to open it yet. */
const LEEWAY_MS = 30_000
const MAX_KEPT = 500

/** Addresses that a browser opens without a token. Each is asked for once and kept until shortly before it ends. */
export class AttachmentLinks {
  readonly #deps: AttachmentLinksDeps
  readonly #known = new Map<string, { url: string; until: number }>()
  readonly #asked = new Map<string, Promise<string>>()

  constructor(deps: AttachmentLinksDeps) {
    this.#deps = deps
  }

  /** What is known already, to be shown at once. */
  peek(wanted: Wanted): string | null {
    const known = this.#known.get(keyOf(wanted))
    return known && known.until > this.#deps.now() ? known.url : null
  }

  /** `anew`: the one that is known has turned out to be none any more. @throws RequestFailure */
  get(wanted: Wanted, { anew = false } = {}): Promise<string> {
    const key = keyOf(wanted)
    if (anew) this.#known.delete(key)
    const known = this.peek(wanted)
    if (known !== null) return Promise.resolve(known)
    const asked = this.#asked.get(key) ?? this.#ask(key, wanted)
    this.#asked.set(key, asked)
    return asked
  }

  async #ask(key: string, wanted: Wanted): Promise<string> {
    try {
      const { url, expiresAt } = await this.#deps.ask(wanted)
      const resolved = this.#deps.resolve(url)
      this.#known.set(key, { url: resolved, until: Date.parse(expiresAt) - LEEWAY_MS })
      const [oldest] = this.#known.keys()
      if (this.#known.size > MAX_KEPT && oldest !== undefined) this.#known.delete(oldest)
      return resolved
    } finally {
      this.#asked.delete(key)
    }
  }
}

const keyOf = ({ attachmentId, variant, disposition = 'inline' }: Wanted): string =>
  `${attachmentId}/${variant ?? 'content'}/${disposition}`
