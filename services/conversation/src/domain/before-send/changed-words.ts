import { type ActOnMessage, type Actor, type EditMessage, MAX_ACTION_REASON, type PreSendHook } from '@parley/contracts'
import type { Deps } from '../deps.ts'
import { keptText } from '../kept-text.ts'
import { requireOwn } from '../messages/lock-message.ts'
import { keptContent } from '../messages/message-body.ts'
import { requireWriter } from '../participants/require-writer.ts'
import { invalidField, noSuchMessage } from '../refusals.ts'
import { hookFor, mustBeSentAnew } from './ask-host.ts'
import { placeOf, questionAbout } from './question.ts'

/** Looks at what a call says before its use-case does. Answers the call as it may be made. */
type LookFirst<I> = (deps: Deps, actor: Actor, input: I, hook: PreSendHook) => Promise<I>

/**
 * A use-case with words that others will read, for those who may come in. Where somebody is asked about these, nobody's turn is taken
 * meanwhile; where nobody is, it is as any other use-case.
 */
export function askedFirst<I, O>(
  deps: Deps,
  useCase: (deps: Deps, actor: Actor, input: I) => Promise<O>,
  lookFirst: LookFirst<I>,
): (actor: Actor, input: I) => Promise<O> {
  return async (given, input) => {
    const actor = await deps.access.enter(given)
    // whoever has come in has had it read
    const policy = deps.policies.of(actor.tenantId)
    const hook = hookFor(actor, policy instanceof Promise ? await policy : policy)
    const allowed = hook ? await lookFirst(deps, actor, input, hook) : input
    return deps.turns.take(actor, () => useCase(deps, actor, allowed))
  }
}

/** An edit does not get round whoever looks at messages. It waits for nobody: what would be held is refused. */
export async function lookAtEdit(
  deps: Deps,
  actor: Actor,
  input: EditMessage,
  hook: PreSendHook,
): Promise<EditMessage> {
  const policy = await deps.policies.of(actor.tenantId)
  // what is taken away needs no look
  if (input.content === '') return input
  const content = keptContent(input.content, policy)
  const asked = await questionFor(deps, actor, input.messageId, hook, (message) => {
    requireOwn(actor, message)
    return message.content === content ? undefined : { content }
  })
  if (!asked) return input
  const verdict = await deps.askHost(actor, hook, asked, (words) => ({ ...input, content: keptContent(words, policy) }))
  if (verdict.action === 'hold') throw mustBeSentAnew(verdict.why)
  return verdict.action === 'modify' ? verdict.changed : input
}

/** So is it with what is said to an offer or a booking request: its reason, or another offer. */
export async function lookAtAction(
  deps: Deps,
  actor: Actor,
  input: ActOnMessage,
  hook: PreSendHook,
): Promise<ActOnMessage> {
  const { messageId, action, reason, payload } = input
  if (reason === undefined && payload === undefined) return input
  const content = reason === undefined ? '' : keptText(reason, '/reason')
  const asked = await questionFor(deps, actor, messageId, hook, () => ({ action, content, payload }))
  if (!asked) return input
  const verdict = await deps.askHost(actor, hook, asked, (words) => {
    if (words === content) return input
    if (reason === undefined) throw invalidField('/content', 'action', 'is not for an offer: it has none')
    const kept = keptText(words, '/content')
    if (kept.length > MAX_ACTION_REASON) throw invalidField('/content', 'maxLength', 'is longer than a reason may be')
    return { ...input, reason: kept }
  })
  if (verdict.action === 'hold') throw mustBeSentAnew(verdict.why)
  return verdict.action === 'modify' ? verdict.changed : input
}

/** What is asked about a message that the actor sees, where they may write; undefined: nothing. */
function questionFor(
  deps: Deps,
  actor: Actor,
  messageId: string,
  { kinds }: PreSendHook,
  said: (message: Parameters<typeof questionAbout>[1]) => Parameters<typeof questionAbout>[2] | undefined,
): Promise<ReturnType<typeof questionAbout> | undefined> {
  return deps.turns.take(actor, () =>
    deps.store.snapshot(actor.tenantId, async (uow) => {
      const message = await uow.messages.findVisible(actor.userId, messageId)
      if (!message) throw noSuchMessage()
      const words = said(message)
      if (!words) return undefined
      await requireWriter(uow, message.conversationId, actor.userId)
      const place = await placeOf(uow, actor, message.conversationId)
      if (kinds && !kinds.includes(place.conversation.kind)) return undefined
      return questionAbout(place, message, words)
    }),
  )
}
