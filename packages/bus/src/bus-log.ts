/** As much of a pino logger as a bus needs. */
export interface BusLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

const warn = ({ err }: { err?: unknown }, message: string) =>
  process.emitWarning(err instanceof Error ? `${message}: ${err.message}` : message, 'ParleyBus')

/** Where no logger is given, a fault is at least seen. */
export const processWarnings: BusLog = { info: () => {}, warn, error: warn }
