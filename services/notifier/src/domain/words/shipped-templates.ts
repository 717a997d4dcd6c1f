import type { TemplateChannel, TemplateKind, TemplateWords } from '@parley/contracts'
import { type Language, wordsOf } from './languages.ts'

const NAME =
  '{{#conversation.isDirect}}{{sender.name}}{{/conversation.isDirect}}{{^conversation.isDirect}}{{conversation.name}}{{/conversation.isDirect}}'
const LINES = '{{#messages}}{{#showsSender}}{{senderName}}: {{/showsSender}}{{preview}}\n{{/messages}}'

/** The words that Parley has for it in that language; a tenant starts its own from them. */
export function shippedTemplate(kind: TemplateKind, channel: TemplateChannel, language: Language): TemplateWords {
  const { subjects, bodies, hidden } = wordsOf(language)
  const subject = kind === 'hidden' ? hidden.title : subjects[kind]
  if (channel === 'email') return mailOf(kind, subject, language)
  if (kind === 'hidden') return { title: hidden.title, body: hidden.body }
  const more = bodies[kind]
  return { title: kind === 'message' ? NAME : subject, body: more === undefined ? LINES : `${more}\n${LINES}` }
}

function mailOf(kind: TemplateKind, subject: string, language: Language): TemplateWords {
  const { greeting, intros, more, open, reply, why, unsubscribe } = wordsOf(language)
  const intro = (kind !== 'hidden' && intros[kind]) || intros.message
  const text = [
    greeting,
    '',
    intro,
    '',
    '{{#more}}',
    more,
    '',
    '{{/more}}',
    '{{#messages}}',
    '{{senderName}}, {{time}}',
    '{{preview}}',
    '',
    '{{/messages}}',
    '{{#url}}',
    `${open}: {{url}}`,
    '{{/url}}',
    '{{#canReply}}',
    reply,
    '{{/canReply}}',
    '',
    '-- ',
    why,
    '{{#unsubscribeUrl}}',
    `${unsubscribe}: {{unsubscribeUrl}}`,
    '{{/unsubscribeUrl}}',
  ].join('\n')
  const html = [
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    '<meta name="color-scheme" content="light dark"></head>',
    '<body style="margin:0;padding:24px;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5">',
    '<div style="max-width:560px;margin:0 auto">',
    `<p>${greeting}</p>`,
    `<p>${intro}</p>`,
    `{{#more}}<p style="opacity:.7">${more}</p>{{/more}}`,
    '{{#messages}}',
    '<div style="margin:16px 0;padding:12px 16px;border-left:4px solid #0f766e">',
    '<div style="font-size:14px;opacity:.7"><strong>{{senderName}}</strong>, {{time}}</div>',
    '<div style="white-space:pre-line">{{preview}}</div>',
    '</div>',
    '{{/messages}}',
    '{{#url}}',
    '<p><a href="{{url}}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:#0f766e;color:#ffffff;text-decoration:none">',
    `${open}</a></p>`,
    '{{/url}}',
    `{{#canReply}}<p>${reply}</p>{{/canReply}}`,
    `<p style="font-size:13px;opacity:.7">${why}`,
    `{{#unsubscribeUrl}}<br><a href="{{unsubscribeUrl}}">${unsubscribe}</a>{{/unsubscribeUrl}}</p>`,
    '</div></body></html>',
  ].join('\n')
  return { subject, text, html }
}
