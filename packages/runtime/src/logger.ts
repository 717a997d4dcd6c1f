import { currentTrace, traceIdOf } from '@parley/tracing'
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino'
import { build as prettyStream } from 'pino-pretty'

export type Logger = PinoLogger

/** Holds a logger's own name; children inherit it through the prototype. */
const loggerName = Symbol('loggerName')
type Named = Logger & { [loggerName]?: string }

/** Values under these names never reach a log, wherever in the two upper levels of a line they stand. */
const secretFields = ['authorization', 'cookie', 'password', 'secret', 'token', 'accessToken', 'refreshToken']
const redactedPaths = [
  ...secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
  'headers["set-cookie"]',
  '*.headers["set-cookie"]',
]

export interface LoggerOptions {
  /** The process: "conversation". */
  name: string
  level: string
  /** Coloured lines for people instead of JSON, where stdout is a terminal. */
  pretty?: boolean
  /** Where lines go instead of stdout. */
  destination?: DestinationStream
}

/** A pino logger of JSON lines that hold no token, no password and no URL's credentials. */
export function createLogger({ name, level, pretty = false, destination }: LoggerOptions): Logger {
  const toTerminal = pretty && !destination && process.stdout.isTTY
  const stream = toTerminal
    ? prettyStream({ sync: true, ignore: 'pid,hostname' })
    : (destination ?? pino.destination(1))
  const log: Named = pino(
    {
      level,
      redact: { paths: redactedPaths, censor: '[redacted]' },
      mixin(_line, _level, logger) {
        const trace = currentTrace()
        return { name: (logger as Named)[loggerName], ...(trace !== undefined && { traceId: traceIdOf(trace) }) }
      },
      // Errors of drivers quote connection strings in messages and stacks, where no path can point.
      hooks: { streamWrite: withoutSecrets },
    },
    stream,
  )
  log[loggerName] = name
  return log
}

/** A child named `service:subsystem`, such as "conversation:relay". */
export function subsystem(log: Logger, name: string): Logger {
  const child: Named = log.child({})
  const parent = (log as Named)[loggerName]
  child[loggerName] = parent ? `${parent}:${name}` : name
  return child
}

/** Any text with the user and password of each URL in it masked: for logs and for people. */
export function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/?#"'<>\\]*@/gi, '$1***@')
}

function withoutSecrets(line: string): string {
  return withoutCredentials(line)
    .replace(/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[token]')
    .replace(/\b(Bearer|Basic) [\w.~+/=-]+/gi, '$1 [redacted]')
    .replace(/([?&](?:access_|refresh_)?token=)[^&\s"\\]+/gi, '$1[redacted]')
}

/** Says in the log when the database has no room left, and when it has again. */
export function tellOfRoom(log: Logger): (isFull: boolean) => void {
  return (isFull) => {
    if (isFull) log.error('disk full: the database has no room left, and nothing can be written until it has')
    else log.info('the disk of the database has room again')
  }
}
