import type { TemplateWords } from '@parley/contracts'
import Mustache from 'mustache'
import type { View } from './view.ts'

// What was parsed is not kept for ever: templates are the tenants'.
const writer: Mustache.Writer = Object.assign(new Mustache.Writer(), { templateCache: undefined })

/** Fills templates in. What is put into HTML is escaped; what stands on one line has no other. */
export function render(words: TemplateWords, view: View): TemplateWords {
  const plain = (template: string) => writer.render(template, view, undefined, { escape: String })
  const { title, body, subject, text, html } = words
  return {
    ...(title !== undefined && { title: oneLine(plain(title)) }),
    ...(body !== undefined && { body: plain(body).trim() }),
    ...(subject !== undefined && { subject: oneLine(plain(subject)) }),
    ...(text !== undefined && { text: `${plain(text).trim()}\n` }),
    ...(html !== undefined && { html: writer.render(html, view) }),
  }
}

const oneLine = (text: string) => text.replace(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
