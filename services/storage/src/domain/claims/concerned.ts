import type { Store } from '../ports/store.ts'

interface Question {
  tenantId: string
  messageId: string
  resolve: (isConcerned: boolean) => void
  reject: (err: unknown) => void
}

/**
 * Whether anything is kept for a message, or is about to be. What is asked in one moment is one question to the store: of a thousand messages
 * that are deleted hardly any has something.
 */
export function concernedBy({ concernedMessages }: Pick<Store, 'concernedMessages'>) {
  let questions: Question[] = []
  const ask = async () => {
    const asked = questions
    questions = []
    try {
      const concerned = await concernedMessages(asked)
      for (const { messageId, resolve } of asked) resolve(concerned.has(messageId))
    } catch (err) {
      for (const { reject } of asked) reject(err)
    }
  }
  return (tenantId: string, messageId: string): Promise<boolean> =>
    new Promise((resolve, reject) => {
      if (questions.length === 0) setImmediate(ask)
      questions.push({ tenantId, messageId, resolve, reject })
    })
}
