import type { NotificationKind } from '@parley/contracts'

export type Language = 'en' | 'de'

/** What of the templates that Parley ships differs between languages. All of it is Mustache. */
interface Words {
  somebody: string
  greeting: string
  /** What a kind is called, in the subject of an e-mail: the same for a conversation each time, so that mail programs keep them together. */
  subjects: Record<NotificationKind, string>
  /** Above what was said. */
  intro: string
  more: string
  open: string
  reply: string
  why: string
  unsubscribe: string
  hidden: { title: string; body: string }
}

const en: Words = {
  somebody: 'Somebody',
  greeting: 'Hello{{#recipient.name}} {{recipient.name}}{{/recipient.name}},',
  subjects: {
    message: 'New messages: {{conversation.name}}',
    mention: 'You were mentioned: {{conversation.name}}',
    offer: 'An offer for you: {{conversation.name}}',
    booking_request: 'A booking request: {{conversation.name}}',
    context: 'News: {{conversation.name}}',
    broadcast: 'An announcement{{#sender.name}} from {{sender.name}}{{/sender.name}}',
    report: 'A report to look at',
  },
  intro:
    '{{#isOne}}There is a message that you have not read:{{/isOne}}{{#isMany}}There are {{count}} messages that you have not read:{{/isMany}}',
  more: '… and {{more}} more before these',
  open: 'Open the conversation',
  reply: 'You can answer by replying to this e-mail.',
  why: 'You get this e-mail because you were away when it was written.',
  unsubscribe: 'No e-mails any more',
  hidden: {
    title: '{{#isOne}}A new message{{/isOne}}{{#isMany}}{{count}} new messages{{/isMany}}',
    body: 'Open the app to read.',
  },
}

const de: Words = {
  somebody: 'Jemand',
  greeting: 'Hallo{{#recipient.name}} {{recipient.name}}{{/recipient.name}},',
  subjects: {
    message: 'Neue Nachrichten: {{conversation.name}}',
    mention: 'Sie wurden erwähnt: {{conversation.name}}',
    offer: 'Ein Angebot für Sie: {{conversation.name}}',
    booking_request: 'Eine Buchungsanfrage: {{conversation.name}}',
    context: 'Neuigkeiten: {{conversation.name}}',
    broadcast: 'Eine Mitteilung{{#sender.name}} von {{sender.name}}{{/sender.name}}',
    report: 'Eine Meldung zum Ansehen',
  },
  intro:
    '{{#isOne}}Eine Nachricht haben Sie noch nicht gelesen:{{/isOne}}{{#isMany}}{{count}} Nachrichten haben Sie noch nicht gelesen:{{/isMany}}',
  more: '… und davor noch {{more}}',
  open: 'Unterhaltung öffnen',
  reply: 'Sie können antworten, indem Sie diese E-Mail beantworten.',
  why: 'Sie bekommen diese E-Mail, weil Sie nicht da waren, als das geschrieben wurde.',
  unsubscribe: 'Keine E-Mails mehr',
  hidden: {
    title: '{{#isOne}}Eine neue Nachricht{{/isOne}}{{#isMany}}{{count}} neue Nachrichten{{/isMany}}',
    body: 'Zum Lesen die App öffnen.',
  },
}

const languages: Record<Language, Words> = { en, de }

export const wordsOf = (language: Language): Words => languages[language]

/** The language that Parley speaks with people of that locale: their own, or English. */
export function languageOf(locale: string): Language {
  const [language = ''] = locale.toLowerCase().split('-')
  return Object.hasOwn(languages, language) ? (language as Language) : 'en'
}
