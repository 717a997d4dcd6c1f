import { ParleyError } from '@parley/contracts'
import type { Redis } from 'ioredis'
import type { Logger } from './logger.ts'
import { createSharedCounter } from './shared-counter.ts'

/**
 * At most `points`, at least 1, in a window of `durationMs`, which begins with the first use and is followed by another
 * full one. Redis counts in whole seconds, rounded up.
 */
export interface RateLimit {
  readonly points: number
  readonly durationMs: number
}

export interface RateLimiter {
  /**
   * Takes `cost` points, all or none, from what a rule gives to a key; windows of different lengths are counted apart.
   * Rejects with `rate_limited` and `retryAfterMs`, the time until the window ends. More than `points` at once are never
   * to be had. Mostly does not ask Redis, and never waits for it longer than it is told to.
   */
  consume(rule: RateLimit, key: string, cost?: number): Promise<void>
}

export interface RateLimiterOptions {
  /** A connection with `enableOfflineQueue: false`; without it this process counts for itself. */
  redis?: Redis | undefined
  /** Before every key in Redis: processes with the same prefix share their limits. */
  prefix?: string
  log: Logger
  /** How long a call may wait for an answer of Redis, milliseconds. Default 100. */
  patienceMs?: number
  /** How many keys are remembered; past that the eldest are forgotten, and without Redis begin anew. */
  maxKeys?: number
}

const PATIENCE_MS = 100
/** Points are reserved from Redis in so many parts of a window. */
const PARTS = 20
const MAX_KEYS = 50_000

/** What this process knows of a key's current window. Times are those of `performance.now()`. */
interface Account {
  /** Points at hand, which nobody else can take. */
  credit: number
  /** Until when the points at hand count: never longer than their window in Redis. */
  spendBy: number
  /** Until when there are no more than those at hand: never shorter than the window in Redis. */
  emptyUntil: number
  /** This window was begun without Redis, and Redis does not know of it. */
  isOwn: boolean
  /** The cost of those who wait for the reservation under way. */
  waiting: number
  reserving: Promise<void> | undefined
}

/**
 * Fixed windows, counted over all processes on one Redis: together they never let through more than a rule's points per
 * window. A process takes points from Redis a twentieth of the window's at a time and then spends them by itself, so most
 * calls cost a look into a map; those that it does not spend are lost with the window. While Redis is out of reach each
 * process gives full windows of its own, and tells Redis afterwards what it let through in those that still last.
 */
export function createRateLimiter(options: RateLimiterOptions): RateLimiter {
  const { redis, prefix = 'parley:rate', log, patienceMs = PATIENCE_MS, maxKeys = MAX_KEYS } = options
  const shared = redis && createSharedCounter({ redis, prefix, log, patienceMs })
  // In the order in which the keys were first seen.
  const accounts = new Map<string, Account>()

  function open(id: string): Account {
    if (accounts.size >= maxKeys) forgetSome()
    const account = { credit: 0, spendBy: 0, emptyUntil: 0, isOwn: false, waiting: 0, reserving: undefined }
    accounts.set(id, account)
    return account
  }

  /** Frees a tenth at least, so that going through all of them is rare. */
  function forgetSome(): void {
    const now = performance.now()
    for (const [id, { spendBy, emptyUntil }] of accounts) if (now >= spendBy && now >= emptyUntil) accounts.delete(id)
    for (const id of accounts.keys()) {
      if (accounts.size <= maxKeys * 0.9) break
      accounts.delete(id)
    }
  }

  /** False when points have to be reserved first. Throws `rate_limited` when there are none. */
  function spend(account: Account, rule: RateLimit, cost: number): boolean {
    const now = performance.now()
    if (account.isOwn && now < account.spendBy && shared?.isReachable) return false
    if (cost <= account.credit && now < account.spendBy) {
      account.credit -= cost
      return true
    }
    if (now < account.emptyUntil) throw tooMany(account.emptyUntil - now)
    if (shared?.isReachable) return false
    account.isOwn = true
    account.credit = rule.points - cost
    account.spendBy = account.emptyUntil = now + rule.durationMs
    return true
  }

  /** Everybody who waits for a key waits for the same reservation, and the next one is large enough for them all. */
  async function reserveAndSpend(account: Account, rule: RateLimit, key: string, cost: number): Promise<void> {
    account.waiting += cost
    try {
      do {
        account.reserving ??= reserve(account, rule, key).finally(() => {
          account.reserving = undefined
        })
        await account.reserving
      } while (!spend(account, rule, cost))
    } finally {
      account.waiting -= cost
    }
  }

  async function reserve(account: Account, rule: RateLimit, key: string): Promise<void> {
    const askedAt = performance.now()
    const untold = account.isOwn && askedAt < account.spendBy ? rule.points - account.credit : 0
    const wanted = Math.min(rule.points, Math.max(Math.ceil(rule.points / PARTS), account.waiting))
    const count = await shared?.add(`${rule.durationMs}:${key}`, untold + wanted, rule.durationMs)
    if (!count) return
    const now = performance.now()
    // Of what was asked for, the part below the limit: everybody else got the parts before it and after it.
    const granted = Math.min(wanted, Math.max(0, rule.points - (count.total - wanted)))
    const isSameWindow = !account.isOwn && askedAt < account.spendBy && count.total > wanted
    account.isOwn = false
    account.credit = granted + (isSameWindow ? account.credit : 0)
    account.spendBy = askedAt + count.endsInMs
    account.emptyUntil = count.total >= rule.points ? now + count.endsInMs : 0
  }

  return {
    async consume(rule, key, cost = 1) {
      if (cost > rule.points) throw tooMany(rule.durationMs)
      const id = `${rule.points}/${rule.durationMs}/${key}`
      const account = accounts.get(id) ?? open(id)
      if (!spend(account, rule, cost)) await reserveAndSpend(account, rule, key, cost)
    },
  }
}

function tooMany(waitMs: number): ParleyError {
  const retryAfterMs = Math.ceil(waitMs)
  const seconds = Math.ceil(retryAfterMs / 1000)
  return new ParleyError('rate_limited', `Too many requests: try again in ${seconds} s`, { retryAfterMs })
}
