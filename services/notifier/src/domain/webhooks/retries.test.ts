import { expect, test } from 'vitest'
import { RETRY_DELAYS_MS, readRetryAfter, restMs, retryDelayMs } from './retries.ts'
import { signedHeaders } from './signature.ts'

test('ten tries over three days, no two waits alike, and then no more', () => {
  const whole = RETRY_DELAYS_MS.reduce((sum, ms) => sum + ms, 0) / 3_600_000
  expect(whole).toBeGreaterThan(72)
  expect(whole).toBeLessThan(80)
  expect([0, 0.5, 1].map((random) => retryDelayMs(1, 0, () => random))).toEqual([4_500, 5_000, 5_500])
  expect(retryDelayMs(9, 0, () => 0.5)).toBe(24 * 3_600_000)
  expect(retryDelayMs(10)).toBeNull()
})

test('whoever asks for time gets it, and never less than is usual', () => {
  expect(retryDelayMs(1, 120_000, () => 0.5)).toBe(120_000)
  expect(retryDelayMs(2, 1_000, () => 0.5)).toBe(300_000)
  expect(retryDelayMs(1, 10 ** 12, () => 0.5)).toBe(24 * 3_600_000)
  expect([undefined, '120', 'soon', '-1'].map((header) => readRetryAfter(header))).toEqual([0, 120_000, 0, 0])
  const now = Date.parse('2026-11-30T08:00:00Z')
  expect(readRetryAfter('Mon, 30 Nov 2026 08:01:00 GMT', now)).toBe(60_000)
  expect(readRetryAfter('Mon, 30 Nov 2026 07:00:00 GMT', now)).toBe(0)
  expect(restMs(0, 30_000)).toBe(30_000)
})

test('an endpoint at which nothing comes to anything is looked at less and less often, up to once a minute', () => {
  expect([0, 2, 3, 4, 8, 50].map((failures) => restMs(failures))).toEqual([0, 0, 1_000, 2_000, 32_000, 60_000])
})

/** The published vector of Standard Webhooks. */
test('what is sent is signed as Standard Webhooks says, once for each secret', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const [id, body, at] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', new Date(1_614_265_330_000)]
  const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
  expect(signedHeaders({ id, body }, [secret], at)).toEqual({
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': signature,
  })
  const both = signedHeaders({ id, body }, ['whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', secret], at)['webhook-signature']
  expect(both?.split(' ')).toEqual([expect.stringMatching(/^v1,/), signature])
})
