// A process that begins with this (`--import`) has a clock that is CLOCK_SHIFT_MS ahead of the machine's, or behind it where that is negative.
const shift = Number(process.env.CLOCK_SHIFT_MS ?? 0)
const Real = Date
const now = () => Real.now() + shift

globalThis.Date = new Proxy(Real, {
  construct: (target, args, of) => Reflect.construct(target, args.length === 0 ? [now()] : args, of),
  apply: () => new Real(now()).toString(),
  get: (target, key, of) => (key === 'now' ? now : Reflect.get(target, key, of)),
})
