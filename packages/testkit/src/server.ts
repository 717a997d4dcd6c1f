/** A server that tests talk to, wherever it comes from. */
export interface TestServer extends AsyncDisposable {
  /** `given`: somebody else's, named by a URL. The other two are ours alone and go when they are stopped. */
  readonly kind: 'given' | 'container' | 'local'
  readonly url: string
  /** The real process id of a local server (it changes with `restart`); undefined for the other kinds. */
  readonly pid: number | undefined
  /** Ends the server and removes its data. A given server is left as it is. Can be called twice. */
  stop(): Promise<void>
  /** Absent on a given server: it is not ours to break. */
  readonly kill?: (signal: NodeJS.Signals) => Promise<void>
  readonly restart?: () => Promise<void>
}

/** A server that belongs to the caller, who may break it. */
export interface OwnedServer extends TestServer {
  readonly kind: 'container' | 'local'
  /**
   * Sends a signal to the real server. With SIGKILL it resolves when the process is gone; with any other signal when it
   * is sent. SIGSTOP, SIGCONT and SIGKILL also reach the children that do the server's work (Postgres backends).
   */
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
  /** Stops the server if it runs, however it was left, and starts it on the same port with the same data. */
  readonly restart: () => Promise<void>
}

export interface StartOptions {
  /** A server that already runs. Default: the variable of this kind of server, such as TEST_DATABASE_URL. */
  url?: string | undefined
  /** True: never a given server but one of one's own. Tests that kill servers ask for it. */
  own?: boolean
}
