import { PGlite, type PGliteOptions } from '@electric-sql/pglite'

/**
 * PGlite that hands out text as it lies in the columns. Its reader of the wire makes a TextDecoder that takes U+FEFF at the
 * beginning of a text for a mark of the encoding and drops it, which would make one person's id another's.
 */
export class TextKeepingPglite extends PGlite {
  static async open(options: PGliteOptions): Promise<TextKeepingPglite> {
    const client = withTextKept(() => new TextKeepingPglite(options))
    await client.waitReady
    return client
  }

  /** Throws what the database says by itself: PGlite would make a new reader after it, and that one drops again. */
  override async execProtocolStream(
    message: Uint8Array,
    { throwOnError = true, ...options }: Parameters<PGlite['execProtocolStream']>[1] = {},
  ): ReturnType<PGlite['execProtocolStream']> {
    const messages = await super.execProtocolStream(message, { ...options, throwOnError: false })
    const failure = throwOnError ? messages.find((one) => one instanceof Error) : undefined
    if (failure) throw failure
    return messages
  }
}

/** Readers that are made meanwhile keep what they read. `make` waits for nothing, so nobody else's are among them. */
function withTextKept<T>(make: () => T): T {
  const { TextDecoder: Usual } = globalThis
  globalThis.TextDecoder = class extends Usual {
    constructor(label?: string, options?: ConstructorParameters<typeof TextDecoder>[1]) {
      super(label, { ...options, ignoreBOM: true })
    }
  } as typeof TextDecoder
  try {
    return make()
  } finally {
    globalThis.TextDecoder = Usual
  }
}
