import type { StateMachine } from './state-machine.ts'

/** One side offers, the other decides. Whoever makes a counter-offer, or a better one, leaves the former behind. */
export const serviceOfferStates: StateMachine = {
  initial: 'pending',
  takeBack: 'withdraw',
  moves: {
    accept: { from: ['pending'], to: 'accepted', by: ['recipient', 'admin', 'host'] },
    decline: { from: ['pending'], to: 'declined', by: ['recipient', 'admin', 'host'] },
    withdraw: { from: ['pending'], to: 'withdrawn', by: ['maker', 'admin', 'host'] },
    counter: { from: ['pending'], to: 'superseded', by: ['maker', 'recipient'] },
    expire: { from: ['pending'], to: 'expired', by: ['clock'] },
    complete: { from: ['accepted'], to: 'completed', by: ['host'] },
    refuse: { from: ['pending', 'accepted'], to: 'refused', by: ['host'] },
  },
}
