import { describe, expect, it } from 'vitest'
import { checkHearing, checkHistory, checkShown, followOrder, type Sent, type Shown } from './model.ts'

const message = (seq: number, more: Partial<Shown> = {}): Shown => ({
  id: `id-${seq}`,
  seq,
  rev: 0,
  senderId: 'ana',
  content: `c${seq} hello`,
  isEdited: false,
  isDeleted: false,
  createdAt: seq * 100,
  ...more,
})
const send = (seq: number, more: Partial<Sent> = {}): Sent => ({
  clientId: `c${seq}`,
  conversationId: 'talk',
  senderId: 'ana',
  content: `c${seq} hello`,
  sentAt: seq * 100 - 5,
  acked: { id: `id-${seq}`, seq, at: seq * 100 + 5 },
  ...more,
})
const unanswered = (seq: number): Sent => {
  const { acked: _, ...rest } = send(seq)
  return rest
}
const kinds = (violations: { kind: string }[]) => violations.map(({ kind }) => kind)

describe('a history', () => {
  it('is right when it has every acknowledged message in its last acknowledged state', () => {
    const history = [message(1, { content: 'c1 edited' }), message(2, { content: '', isDeleted: true }), message(3)]
    const sent = [
      send(1, { changed: { content: 'c1 edited' } }),
      send(2, { changed: { content: undefined } }),
      unanswered(3), // stored, but the acknowledgement did not arrive
      unanswered(4), // never arrived
    ]
    expect(checkHistory('talk', history, sent)).toEqual([])
  })

  it('has lost a message that was acknowledged and is not in it, or is elsewhere', () => {
    expect(kinds(checkHistory('talk', [message(1)], [send(1), send(2)]))).toEqual(['LOST'])
    const elsewhere = send(1, { acked: { id: 'id-1', seq: 2, at: 0 } })
    expect(kinds(checkHistory('talk', [message(1)], [elsewhere]))).toEqual(['LOST'])
  })

  it('has lost a change that was acknowledged, unless a later one was never answered', () => {
    const edited = send(1, { changed: { content: 'c1 edited' } })
    const deleted = send(1, { changed: { content: undefined } })
    expect(kinds(checkHistory('talk', [message(1)], [edited]))).toEqual(['LOST'])
    expect(kinds(checkHistory('talk', [message(1)], [deleted]))).toEqual(['LOST'])
    expect(checkHistory('talk', [message(1)], [{ ...edited, isUncertain: true }])).toEqual([])
  })

  it('must not have one send twice, nor what nobody sent', () => {
    const twice = [message(1), message(2, { content: 'c1 hello' })]
    expect(kinds(checkHistory('talk', twice, [send(1)]))).toEqual(['DUPLICATED'])
    expect(kinds(checkHistory('talk', [message(1)], []))).toEqual(['UNEXPECTED'])
    expect(kinds(checkHistory('talk', [message(1, { senderId: 'ben' })], [unanswered(1)]))).toEqual(['UNEXPECTED'])
  })

  it('has no gap, and its times never go back', () => {
    expect(kinds(checkHistory('talk', [message(1), message(3)], [send(1), send(3)]))).toEqual(['OUT OF ORDER'])
    const back = [message(1), message(2, { createdAt: 50 })]
    expect(kinds(checkHistory('talk', back, [send(1), send(2)]))).toEqual(['OUT OF ORDER'])
  })
})

it('a connection hears each message once and in order', () => {
  const hear = followOrder('ana')
  const event = (seq: number, conversationId = 'talk') =>
    kinds(hear({ event: 'new_message', conversationId, id: `id-${seq}`, seq }))
  expect([event(1), event(2), event(1, 'other'), event(4)]).toEqual([[], [], [], []])
  expect(event(3)).toEqual(['OUT OF ORDER'])
  expect(event(4)).toEqual(['DUPLICATED'])
  expect(event(5)).toEqual([])
})

it('nobody hears what is said between their removal and their return', () => {
  const absences = [{ conversationId: 'talk', userId: 'ben', from: 100, until: 200 }]
  const heard = (createdAt: number) => checkHearing('ben', [{ conversationId: 'talk', seq: 1, createdAt }], absences)
  expect([heard(90), heard(210)]).toEqual([[], []])
  expect(kinds(heard(150))).toEqual(['UNEXPECTED'])
  expect(checkHearing('ana', [{ conversationId: 'talk', seq: 1, createdAt: 150 }], absences)).toEqual([])
})

describe('a screen', () => {
  const history = [message(1), message(2, { rev: 3, content: 'c2 edited', isEdited: true })]

  it('shows the present state of what the user may see', () => {
    expect(checkShown('ana', 'talk', history, history)).toEqual([])
    expect(checkShown('ana', 'talk', undefined, undefined)).toEqual([])
  })

  it('is stale when something is missing, too much, misplaced or old', () => {
    const [first, second] = history as [Shown, Shown]
    const wrong = [[first], [second, first], [...history, message(3)], [first, message(2)], undefined]
    for (const shown of wrong) expect(kinds(checkShown('ana', 'talk', shown, history))).toEqual(['STALE'])
    expect(kinds(checkShown('ana', 'talk', history, undefined))).toEqual(['STALE'])
  })
})
