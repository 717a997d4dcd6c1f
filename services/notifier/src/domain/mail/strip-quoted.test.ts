import { expect, test } from 'vitest'
import { stripQuoted } from './strip-quoted.ts'

test.each([
  ['nothing is quoted', 'Yes.\n\nSee you then!', 'Yes.\n\nSee you then!'],
  [
    'Gmail',
    'Yes\n\nOn Mon, 2 Mar 2026 at 10:00, Ben Okafor <reply+x@in.example.com> wrote:\n\n> Tuesday?\n> Ben',
    'Yes',
  ],
  [
    'Gmail, in two lines',
    'Yes\n\nOn Mon, 2 Mar 2026 at 10:00, Somebody With A Long Name\n<reply+x@in.example.com> wrote:\n> Tuesday?',
    'Yes',
  ],
  ['German', 'Ja\r\n\r\nAm Mo., 2. März 2026 um 10:00 Uhr schrieb Ben <a@b.example>:\r\n> Dienstag?', 'Ja'],
  ['French', 'Oui\n\nLe lun. 2 mars 2026 à 10:00, Ben <a@b.example> a écrit :\n> Mardi ?', 'Oui'],
  [
    'Outlook',
    'Yes\n\n________________________________\nFrom: Ben <a@b.example>\nSent: Monday\nTo: Ana\nSubject: Hello\n\nTuesday?',
    'Yes',
  ],
  ['Outlook without a line', 'Yes\n\nFrom: Ben <a@b.example>\nSent: Monday\nTo: Ana\n\nTuesday?', 'Yes'],
  ['Outlook in German', 'Ja\n\n-----Ursprüngliche Nachricht-----\nVon: Ben\nGesendet: Montag\n\nDienstag?', 'Ja'],
  ['a signature', 'Yes\n\n-- \nAna Ferreira\nGardens Ltd', 'Yes'],
  ['a telephone', 'Yes\n\nSent from my iPhone', 'Yes'],
  ['answers between what is quoted', '> Tuesday?\nYes\n> At ten?\nNo', 'Yes\nNo'],
  [
    'words that begin like it',
    'On Monday I wrote down the measures.\nFrom: the gate, turn left',
    'On Monday I wrote down the measures.\nFrom: the gate, turn left',
  ],
  ['nothing of their own', 'On Mon, Ben <a@b.example> wrote:\n> Tuesday?', ''],
])('what somebody wrote themselves: %s', (_, text, own) => {
  expect(stripQuoted(text)).toBe(own)
})

test.each([
  ['one long line', `On ${'a '.repeat(40_000)}\n${'From: x\n'.repeat(10_000)}`],
  ['signs of an address', `${'<'.repeat(50_000)}\n> ${'@'.repeat(50_000)}`],
  ['an address without an end', `<${'a@'.repeat(49_990)}\n> x`],
  ['many addresses without an end', `<${'a@'.repeat(490)}\n> x\n`.repeat(101)],
  ['verbs and colons', `On ${'wrote '.repeat(40)}${': '.repeat(350)}x\n`.repeat(105)],
])('an e-mail that is made to be long to read is read quickly: %s', (_, text) => {
  // of the processor, not of the clock: the machine may be busy
  const before = process.cpuUsage()
  stripQuoted(text)
  const { user, system } = process.cpuUsage(before)
  expect((user + system) / 1_000).toBeLessThan(1_500)
})
