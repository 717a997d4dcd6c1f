/**
 * A process that cannot start, or go on, until whoever operates it has put something right. The message says what is wrong and
 * what to do, without credentials: it is for people, and shown without a stack.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}
