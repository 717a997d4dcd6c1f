import fc from 'fast-check'

const step = ({ people, delayMs }: { people: number; delayMs: number }) => {
  const who = fc.nat(people - 1)
  const ms = fc.nat(1.5 * delayMs)
  return fc.oneof(
    // `lagMs`: so long the event is under way to a worker; `worker`: which of the two hears of it
    {
      weight: 6,
      arbitrary: fc.record({
        ...{
          type: fc.constant('write' as const),
          who,
          lagMs: ms,
          worker: fc.nat(1),
          names: fc.option(who, { freq: 2 }),
        },
        as: fc.constantFrom('text', 'text', 'text', 'service_offer', 'booking_request', 'system'),
      }),
    },
    { weight: 6, arbitrary: fc.record({ type: fc.constant('wait' as const), ms }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), who, short: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('delete' as const), back: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('sleep' as const), hours: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('report' as const), lagMs: ms }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('decide' as const), back: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('mute' as const), who }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), who }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('die' as const) }) },
  )
}

/** What may happen in a conversation of so many people and around it. */
export type Step = ReturnType<typeof step> extends fc.Arbitrary<infer S> ? S : never

/** Histories of up to 25 of these, in any order. */
export const steps = (given: Parameters<typeof step>[0]): fc.Arbitrary<Step[]> =>
  fc.array(step(given), { minLength: 5, maxLength: 25 })
