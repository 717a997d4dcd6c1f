import { expect, test } from 'vitest'
import { bookingRequestStates } from './booking-request.ts'
import { serviceOfferStates } from './service-offer.ts'
import {
  hostMoveTo,
  isAgreed,
  type Move,
  messageActions,
  openActions,
  type Party,
  parties,
  type StateMachine,
  tryMove,
} from './state-machine.ts'

const machines = { service_offer: serviceOfferStates, booking_request: bookingRequestStates }
const statesOf = ({ initial, moves }: StateMachine) => [initial, ...Object.values(moves).map(({ to }) => to)]

/** What a party can do, state by state; a state that is not named is one in which it can do nothing. */
const buttons: Record<keyof typeof machines, Record<Party, Record<string, string[]>>> = {
  service_offer: {
    maker: { pending: ['withdraw', 'counter'] },
    recipient: { pending: ['accept', 'decline', 'counter'] },
    admin: { pending: ['accept', 'decline', 'withdraw'] },
    host: { pending: ['accept', 'decline', 'withdraw'] },
    clock: {},
  },
  booking_request: {
    maker: { pending: ['cancel'], confirmed: ['cancel'] },
    recipient: { pending: ['decline', 'confirm', 'cancel'], confirmed: ['cancel'] },
    admin: { pending: ['decline', 'confirm', 'cancel'], confirmed: ['cancel'] },
    host: { pending: ['decline', 'confirm', 'cancel'], confirmed: ['cancel'] },
    clock: {},
  },
}

describeEach((kind, machine) => {
  test(`of ${kind}, each party does what is theirs, and nothing in any other state`, () => {
    for (const party of parties)
      for (const status of statesOf(machine))
        expect([party, status, openActions(machine, status, party)]).toEqual([
          party,
          status,
          buttons[kind][party][status] ?? [],
        ])
  })

  test(`of ${kind}, every move happens to a message once at most, and every state is reached`, () => {
    const reached = new Set<string>([machine.initial])
    const walk = (status: string, done: readonly string[]) => {
      for (const [move, { from, to, by }] of Object.entries(machine.moves)) {
        if (!from.includes(status)) continue
        expect([move, done.includes(move)]).toEqual([move, false])
        expect(by.length).toBeGreaterThan(0)
        reached.add(to)
        walk(to, [...done, move])
      }
    }
    walk(machine.initial, [])
    expect([...reached].sort()).toEqual([...new Set(statesOf(machine))].sort())
  })
})

test('who may never do it is told so, whatever has been decided', () => {
  const offer = (move: Move, status: string, party: Party) => tryMove(serviceOfferStates, move, { status, party })
  expect(offer('accept', 'pending', 'recipient')).toEqual({ to: 'accepted' })
  expect(offer('accept', 'pending', 'maker')).toEqual({ refusal: 'not_theirs' })
  expect(offer('accept', 'withdrawn', 'maker')).toEqual({ refusal: 'not_theirs' })
  expect(offer('accept', 'withdrawn', 'recipient')).toEqual({ refusal: 'already_decided' })
  expect(offer('confirm', 'pending', 'recipient')).toEqual({ refusal: 'no_such_move' })
  expect(offer('expire', 'accepted', 'clock')).toEqual({ refusal: 'already_decided' })
})

test('the host completes what was agreed, and refuses what was agreed or asked', () => {
  for (const machine of Object.values(machines)) {
    expect(hostMoveTo(machine, 'completed')).toBe('complete')
    expect(hostMoveTo(machine, 'refused')).toBe('refuse')
    expect(hostMoveTo(machine, 'accepted')).toBeUndefined()
    expect(tryMove(machine, 'complete', { status: 'pending', party: 'host' })).toEqual({ refusal: 'already_decided' })
  }
})

test('both count on what was agreed, and on what came of it', () => {
  const agreed = (machine: StateMachine) => statesOf(machine).filter((status) => isAgreed(machine, status))
  expect(agreed(serviceOfferStates)).toEqual(['accepted', 'completed'])
  expect(agreed(bookingRequestStates)).toEqual(['confirmed', 'completed'])
})

test('whoever made it can take it back while nothing is decided', () => {
  for (const machine of Object.values(machines)) {
    expect(messageActions).toContain(machine.takeBack)
    expect(openActions(machine, machine.initial, 'maker')).toContain(machine.takeBack)
  }
})

function describeEach(tests: (kind: keyof typeof machines, machine: StateMachine) => void): void {
  for (const [kind, machine] of Object.entries(machines)) tests(kind as keyof typeof machines, machine)
}
