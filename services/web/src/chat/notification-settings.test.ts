import type { NotificationPreferences, PutNotificationPreferences } from '@parley/contracts'
import { expect, test } from 'vitest'
import { RequestFailure } from '../net/request-failure.ts'
import { NotificationSettings } from './notification-settings.ts'

const initial: NotificationPreferences = {
  channels: { push: true, email: true, inApp: true },
  kinds: {
    message: true,
    mention: true,
    offer: true,
    booking_request: true,
    transition: true,
    added: true,
    context: true,
    broadcast: true,
    report: true,
  },
  quietHours: null,
  previews: true,
  digestAfterMinutes: null,
  email: 'ana@example.com',
}

/** A server whose answers come when they are let go, one after the other. */
function settings() {
  const heard: PutNotificationPreferences[] = []
  const waiting: { resolve(answer: NotificationPreferences): void; reject(err: Error): void }[] = []
  const keeper = new NotificationSettings({
    get: async () => initial,
    put: (said) => {
      heard.push(said)
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
    },
  })
  const answer = async (change: Partial<NotificationPreferences> = {}) => {
    waiting.shift()!.resolve({ ...initial, ...(heard.at(-1) as Partial<NotificationPreferences>), ...change })
    await new Promise((resolve) => setTimeout(resolve))
  }
  const refuse = async (err: Error) => {
    waiting.shift()!.reject(err)
    await new Promise((resolve) => setTimeout(resolve))
  }
  return { keeper, heard, answer, refuse }
}

test('what is chosen shows at once, and the last choice is the last that the server hears', async () => {
  const { keeper, heard, answer } = settings()
  await keeper.load()
  keeper.change({ previews: false })
  keeper.change({ channels: { ...initial.channels, push: false } })
  keeper.change({ previews: true })
  expect(keeper.getState().preferences).toMatchObject({ previews: true, channels: { push: false } })
  expect(heard).toHaveLength(1)
  await answer()
  expect(keeper.getState().preferences).toMatchObject({ previews: true, channels: { push: false } })
  expect(heard).toHaveLength(2)
  expect(heard[1]).toMatchObject({ previews: true, channels: { push: false, email: true } })
  expect(heard[1]).not.toHaveProperty('email')
  await answer()
  expect(heard).toHaveLength(2)
})

test('what the rules do not allow shows as it was answered', async () => {
  const { keeper, answer } = settings()
  await keeper.load()
  keeper.change({ channels: { push: true, email: true, inApp: true } })
  await answer({ channels: { push: true, email: false, inApp: true } })
  expect(keeper.getState().preferences?.channels.email).toBe(false)
})

test('what is refused goes back to what the server has, and says why', async () => {
  const { keeper, refuse, answer, heard } = settings()
  await keeper.load()
  keeper.change({ previews: false })
  await answer()
  keeper.change({ digestAfterMinutes: 60 })
  await refuse(new RequestFailure('rate_limited', 'Too much at once'))
  expect(keeper.getState()).toMatchObject({
    preferences: { previews: false, digestAfterMinutes: null },
    failure: 'Too much at once',
  })
  keeper.change({ digestAfterMinutes: 60 })
  expect(heard.at(-1)).toMatchObject({ digestAfterMinutes: 60 })
})
