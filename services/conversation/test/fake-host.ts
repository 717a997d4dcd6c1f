import type { BeforeSend, HookOutcome, Hooks } from '@parley/contracts'

export const WEBHOOK_ID = '01900000-0000-7000-8000-00000000cafe'

/** The notification worker and the host behind it, in memory. */
export interface FakeHost {
  hooks: Hooks
  asked: BeforeSend[]
  /** What it answers from now on. */
  says: (question: BeforeSend) => HookOutcome | Promise<HookOutcome>
}

export function createFakeHost(): FakeHost {
  const host: FakeHost = {
    asked: [],
    says: () => ({ action: 'allow' }),
    hooks: {
      async askBeforeSend(_, { question }) {
        host.asked.push(question)
        return { outcome: await host.says(question) }
      },
      toldOf: async () => ({ tellings: [] }),
      hasWebhook: async (_, { webhookId }) => ({ exists: webhookId === WEBHOOK_ID }),
    },
  }
  return host
}
