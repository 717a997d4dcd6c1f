/** A time at which this database was restored from a backup, and the epoch of its tenants since. */
export interface Restore {
  epoch: number
  /** Milliseconds since the epoch of Unix. */
  at: number
}

/** Which life of the database something has happened in: after a restore, positions that lost messages had are given again. */
export class Epochs {
  #restores: readonly Restore[] = []

  /** Ascending. */
  set(restores: readonly Restore[]): void {
    this.#restores = restores
  }

  /** The epoch of what happened at that time; undefined: before any restore, which is nearly always. */
  at(time: string): number | undefined {
    if (this.#restores.length === 0) return undefined
    const happened = Date.parse(time)
    return this.#restores.findLast(({ at }) => at <= happened)?.epoch
  }
}
