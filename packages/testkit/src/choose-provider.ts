/** What the choice depends on. Tests inject their own, so that every branch is tried without Docker or apt. */
export interface Probe {
  /** The URL of a server that already runs, if one is named. */
  given(): string | undefined
  /** Where it may come from, if somebody has said so. */
  only?(): 'container' | 'local' | undefined
  /** True when a Docker engine answers; a command line without an engine is not one. */
  docker(): Promise<boolean>
  /** The path of the server's program, if it is installed. */
  program(): string | undefined
  /** True when packages can be installed: root, on Debian or Ubuntu. */
  canInstall(): Promise<boolean>
}

/** How the server is called in the advice that ends a failed choice. */
export interface Wanted {
  /** For people: `Redis`. */
  title: string
  /** The environment variable that names a running one: `TEST_REDIS_URL`. */
  variable: string
  /** The Debian package that has it: `redis-server`. */
  debianPackage: string
}

export type Provider =
  | { kind: 'given'; url: string }
  | { kind: 'container' }
  | { kind: 'local'; program: string }
  | { kind: 'install'; debianPackage: string }

/**
 * Where a server comes from, the first that applies: a given URL, a container, an installed program, a program to
 * install. Throws an Error that says what to install or which variable to set when none does.
 */
export async function chooseProvider(wanted: Wanted, probe: Probe): Promise<Provider> {
  const url = probe.given()
  if (url) return { kind: 'given', url }
  const only = probe.only?.()
  if (only !== 'local' && (await probe.docker())) return { kind: 'container' }
  if (only === 'container')
    throw new Error(`No container engine answers to run ${wanted.title} in, as TEST_SERVERS=container demands`)
  const program = probe.program()
  if (program) return { kind: 'local', program }
  if (await probe.canInstall()) return { kind: 'install', debianPackage: wanted.debianPackage }
  throw new Error(
    `No ${wanted.title} to test with. Do one of: set ${wanted.variable} to the URL of a running server; start Docker; ` +
      `install ${wanted.title} so that its program is on the PATH (Debian and Ubuntu: apt-get install ${wanted.debianPackage}).`,
  )
}
