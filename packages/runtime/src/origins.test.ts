import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { originCheck } from './origins.ts'

const request = (remoteAddress: string, headers: Record<string, string>) =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage
const check = (TRUST_PROXY: string[], NODE_ENV = 'production') =>
  originCheck({ CORS_ORIGINS: ['https://app.example'], NODE_ENV, TRUST_PROXY })

const CHAT = 'https://chat.example.com'
const behind = { host: 'gateway:8080', 'x-forwarded-host': 'chat.example.com', 'x-forwarded-proto': 'https' }

test('a page of CORS_ORIGINS may call, one of this machine in development, and what is no page', () => {
  expect(check([])('https://app.example')).toBe(true)
  expect(check([])(undefined)).toBe(true)
  expect(check([])('http://localhost:5173')).toBe(false)
  expect(check([], 'development')('http://localhost:5173')).toBe(true)
  expect(check([])('https://evil.example', request('127.0.0.1', { host: 'chat.example.com' }))).toBe(false)
})

test('a page of the same host may, whether TLS ended before us or not', () => {
  const same = request('127.0.0.1', { host: 'Chat.example.com:443' })
  expect(check([])(CHAT, same)).toBe(true)
  expect(check([])('http://chat.example.com', request('127.0.0.1', { host: 'chat.example.com' }))).toBe(true)
  expect(check([])('http://chat.example.com:8080', request('127.0.0.1', { host: 'chat.example.com' }))).toBe(false)
  expect(check([])(CHAT, request('127.0.0.1', {}))).toBe(false)
})

test('what a trusted proxy says of the host is believed, what anybody else says is not', () => {
  for (const trusted of [['loopback'], ['127.0.0.1'], ['1'], ['10.0.0.0/8', '127.0.0.0/8']])
    expect([trusted, check(trusted)(CHAT, request('127.0.0.1', behind))]).toEqual([trusted, true])
  expect(check([])(CHAT, request('127.0.0.1', behind))).toBe(false)
  expect(check(['10.0.0.1'])(CHAT, request('127.0.0.1', behind))).toBe(false)
  // Believed, the name that the proxy was called by no longer counts.
  expect(check(['loopback'])('http://gateway:8080', request('127.0.0.1', behind))).toBe(false)
})

test('the protocol that it says is the one that counts', () => {
  expect(check(['1'])('http://chat.example.com', request('127.0.0.1', behind))).toBe(false)
  for (const protocol of ['wss', 'HTTPS'])
    expect(check(['1'])(CHAT, request('127.0.0.1', { ...behind, 'x-forwarded-proto': protocol }))).toBe(true)
  expect(check(['1'])(CHAT, request('127.0.0.1', { host: 'chat.example.com', 'x-forwarded-proto': 'http' }))).toBe(
    false,
  )
})

test('of several proxies the farthest that is trusted is believed, and nothing that a client put before it', () => {
  const chain = {
    host: 'gateway:8080',
    'x-forwarded-for': '203.0.113.9, 10.0.0.2',
    'x-forwarded-host': 'evil.example, chat.example.com, inner.example',
    'x-forwarded-proto': 'http, https, http',
  }
  expect(check(['2'])(CHAT, request('10.0.0.1', chain))).toBe(true)
  expect(check(['10.0.0.0/8'])(CHAT, request('10.0.0.1', chain))).toBe(true)
  expect(check(['10.0.0.0/8'])('http://evil.example', request('10.0.0.1', chain))).toBe(false)
  expect(check(['1'])(CHAT, request('10.0.0.1', chain))).toBe(false)
  // One name, which the outermost has written and the others have passed on.
  expect(check(['2'])(CHAT, request('10.0.0.1', { ...behind, 'x-forwarded-for': '203.0.113.9, 10.0.0.2' }))).toBe(true)
})
