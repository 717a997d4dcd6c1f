export * from './booking-request.ts'
export * from './service-offer.ts'
export * from './state-machine.ts'
export * from './transition-words.ts'
