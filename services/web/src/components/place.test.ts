import { expect, test } from 'vitest'
import { hashOf, type Place, placeIn } from './place.ts'

const id = '0190a000-0000-7000-8000-000000000001'

test.each<[string, Place]>([
  ['', { view: 'chat', conversationId: null }],
  ['#', { view: 'chat', conversationId: null }],
  [`#/c/${id}`, { view: 'chat', conversationId: id }],
  ['#/c/', { view: 'chat', conversationId: null }],
  ['#/c/100%', { view: 'chat', conversationId: '100%' }],
  ['#/c/%E0%A4%A', { view: 'chat', conversationId: '%E0%A4%A' }],
  ['#/c/../../admin', { view: 'chat', conversationId: '../../admin' }],
  ['#/nowhere', { view: 'chat', conversationId: null }],
  ['#/admin', { view: 'admin', tab: 'conversations', conversationId: null, seq: null }],
  ['#/admin/reports', { view: 'admin', tab: 'reports', conversationId: null, seq: null }],
  ['#/admin/toString', { view: 'admin', tab: 'conversations', conversationId: null, seq: null }],
  ['#/admin/conversations/%', { view: 'admin', tab: 'conversations', conversationId: '%', seq: null }],
  [`#/admin/conversations/${id}/12`, { view: 'admin', tab: 'conversations', conversationId: id, seq: 12 }],
  [`#/admin/conversations/${id}/-1`, { view: 'admin', tab: 'conversations', conversationId: id, seq: null }],
  ['#/administration', { view: 'chat', conversationId: null }],
])('the address %j is a place', (hash, place) => {
  expect(placeIn(hash)).toEqual(place)
  // and its address leads there again
  expect(placeIn(hashOf(place))).toEqual(place)
})
