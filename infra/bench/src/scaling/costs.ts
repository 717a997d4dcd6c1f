/** What one thing costs as it was measured on two cores, by what is named; CPU-ms for a thousand, where nothing else is said. */
export interface Cost {
  what: string
  value: number
  unit: string
  from: string
}

const cost = (what: string, value: number, unit: string, from: string): Cost => ({ what, value, unit, from })
const CPU = 'CPU-ms per 1,000'

/**
 * CPU is that of the processes, read from the kernel, so that other work on the machine counts little; each was measured twice or more. A
 * gateway and NATS are far from full at a million people as they are at 500 messages a second; the services behind them are busy.
 */
export const costs = {
  // two gateways, which both hear each message: 517 and 544; quiet, a day before, 488
  accept: cost('a message between two, at their gateways', 530, CPU, 'bench `rate`'),
  deliver: cost('one more delivery to a socket', 7, CPU, 'bench `group-large`'),
  // The gateway's own subscriber and lines on a bus of their own, without people: 20.4 and 20.3 at 4,000 a second, 11.4 at 8,000, 29 and 34 at
  // 2,000, 117 at 500, where each is a wake-up. Bench `rate` with four gateways in place of two has 123 and 172 for each gateway more, at 500.
  heard: cost('a change heard at a gateway where it concerns nobody', 20, CPU, 'its subscriber alone, 4,000 a second'),
  commit: cost('a message, at the conversation service', 78, CPU, 'bench `saturated`'),
  database: cost('a message, in Postgres', 63, CPU, 'bench `saturated`'),
  notify: cost('a message, at the notification worker', 4, CPU, 'bench `saturated`'),
  // one gateway: 192 and 218, of which it takes what it hears
  ask: cost('a message, in NATS, without who hears of it', 195, CPU, 'bench `rate` with 1 gateway'),
  // the same subscribers: 24 in place of one take 3.7 more each at 2,000 a second, 12 take 4.2; four take 4.3 at 4,000, eight 1.2. Bench
  // `rate`: 8 to 11 for each gateway more, at 500
  tell: cost('a change told to one more gateway, in NATS', 4, CPU, '1 to 24 subscribers, 2,000 a second'),
  publish: cost('a word of typing or presence, in Redis', 10, CPU, '4,000 words to 1, 25 and 50 listeners'),
  hear: cost('the same, for each gateway', 1.3, CPU, 'the same'),
  // `idle` has 150 for who comes, twice. The registry's own calls for 8,000 people, one gateway and four: to come 65 to 80 (counted for the user
  // and the address, 24 to 36 each where it is one at a time, and 15 for the seat), to go 29 (11, 6 and 6, and 6 to be swept)
  seat: cost(
    'somebody who connects and leaves again, in Redis',
    180,
    CPU,
    'bench `idle`, and the calls of 8,000 people',
  ),
  look: cost('somebody who looks at it or away, in Redis', 11, CPU, 'the calls of 8,000 people'),
  liveBytes: cost('a message of 94 letters as gateways hear it', 490, 'bytes', 'a live envelope of one'),
  walBytes: cost(
    'a message in the write-ahead log, search included',
    6_400,
    'bytes',
    '`pg_stat_wal` during bench `rate`',
  ),
  // 477 and 505 with the index, 726 and 752 for the search of 20 words; the outbox keeps nothing
  rowBytes: cost('a message for good: its row, its indexes, its words', 1_250, 'bytes', '20,000 messages, twice'),
  // 60 where a conversation has several in a second
  eventBytes: cost('an event, for seven days', 222, 'bytes', '370,000 messages'),
  socketBytes: cost('an idle socket', 21_000, 'bytes', 'bench `idle`'),
  gatewayBytes: cost('a gateway without sockets', 127_000_000, 'bytes', 'bench `idle`'),
  // quiet; on a machine that was busy twice, 1,670 and 1,680; 1,450 and 1,590; 2,220 and 2,650
  comeBack: cost('somebody who comes back and catches up, at a gateway', 1_100, CPU, 'bench `return`'),
  catchUp: cost('the same, at the conversation service', 850, CPU, 'the same'),
  read: cost('the same, in Postgres', 1_750, CPU, 'the same'),
} satisfies Record<string, Cost>
