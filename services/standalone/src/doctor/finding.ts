import type { Config } from '../config.ts'

/** `warning`: it works, and will not always; `wrong`: it does not, or what was promised does not hold. */
export type Status = 'ok' | 'warning' | 'wrong'

/** What a look at one thing has shown. */
export interface Finding {
  /** What was looked at. */
  check: string
  status: Status
  says: string
  /** What to change, and where. */
  change?: string
}

export type ServiceName = 'conversation' | 'gateway' | 'storage' | 'notifier'

export const SERVICES: readonly ServiceName[] = ['conversation', 'gateway', 'storage', 'notifier']

/** What is checked. */
export interface Patient {
  /** As the services read them; what is wrong in them is left out. */
  config: Config
  /** Whose settings these are: of one service, or of all in one process. */
  services: readonly ServiceName[]
  isProduction: boolean
}

/** Looks at one thing. What it throws is wrong too. */
export interface Check {
  name: string
  /** Of which services it is of use; all where it is left out. */
  of?: readonly ServiceName[]
  look: (patient: Patient) => Finding[] | Promise<Finding[]>
}

/** A check that says its findings by their status alone. */
export function saying(check: string) {
  return {
    ok: (says: string): Finding => ({ check, status: 'ok', says }),
    warning: (says: string, change: string): Finding => ({ check, status: 'warning', says, change }),
    wrong: (says: string, change: string): Finding => ({ check, status: 'wrong', says, change }),
  }
}
