import { expect, test } from 'vitest'
import { deviceText } from './devices.ts'

test('a browser is called by its own name, whatever others it claims to be', () => {
  const webKit = 'AppleWebKit/537.36 (KHTML, like Gecko)'
  const named = {
    [`Mozilla/5.0 (X11; Linux x86_64) ${webKit} HeadlessChrome/140.0.0.0 Safari/537.36`]: 'Chrome on Linux',
    [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${webKit} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0`]:
      'Edge on Windows',
    [`Mozilla/5.0 (Linux; Android 15; SM-S931B) ${webKit} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36`]:
      'Samsung Internet on Android',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1':
      'Safari on iPhone',
    'Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1':
      'Chrome on iPad',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0': 'Firefox on Mac',
  }
  expect(Object.keys(named).map(deviceText)).toEqual(Object.values(named))
})

test('what is no browser is called as its program, and what says nothing is unknown', () => {
  expect(deviceText('okhttp/4.12.0')).toBe('okhttp')
  expect(deviceText('MarketApp/3.1 (Android 15; Pixel 9)')).toBe('MarketApp on Android')
  expect(deviceText('x'.repeat(500))).toHaveLength(60)
  for (const nothing of [null, '', '  ']) expect(deviceText(nothing)).toBe('Unknown device')
})
