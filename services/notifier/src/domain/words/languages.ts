import type { Move, NotificationKind, Party } from '@parley/contracts'

export type Language = 'en' | 'de'

/** What of the templates that Parley ships differs between languages. All of it is Mustache. */
interface Words {
  somebody: string
  /** Who did what no participant did. */
  offices: Partial<Record<Party, string>>
  /** What became of an offer or a booking request, by its type and what was done; and of what later versions know. */
  moves: Readonly<Record<string, Partial<Record<Move, string>>>>
  moved: string
  greeting: string
  /** What a kind is called, in the subject of an e-mail: the same for a conversation each time, so that mail programs keep them together. */
  subjects: Record<NotificationKind, string>
  /** Above what was said; for kinds that have no words of their own, `message`. */
  intros: Partial<Record<NotificationKind, string>> & { message: string }
  /** What a push says of what has no messages. */
  bodies: Partial<Record<NotificationKind, string>>
  more: string
  open: string
  reply: string
  why: string
  unsubscribe: string
  hidden: { title: string; body: string }
}

const REPORTS_EN =
  '{{#isOne}}A report waits for a decision.{{/isOne}}{{#isMany}}{{count}} reports wait for a decision.{{/isMany}}'
const REPORTS_DE =
  '{{#isOne}}Eine Meldung wartet auf eine Entscheidung.{{/isOne}}{{#isMany}}{{count}} Meldungen warten auf eine Entscheidung.{{/isMany}}'

const en: Words = {
  somebody: 'Somebody',
  offices: { admin: 'An administrator', host: 'The service', clock: 'The service' },
  moves: {
    service_offer: {
      accept: 'Offer accepted',
      decline: 'Offer declined',
      withdraw: 'Offer withdrawn',
      expire: 'Offer expired',
      complete: 'Offer completed',
      refuse: 'Offer refused',
    },
    booking_request: {
      confirm: 'Booking confirmed',
      decline: 'Booking request declined',
      cancel: 'Booking cancelled',
      expire: 'Booking request expired',
      complete: 'Booking completed',
      refuse: 'Booking refused',
    },
  },
  moved: 'Decided',
  greeting: 'Hello{{#recipient.name}} {{recipient.name}}{{/recipient.name}},',
  subjects: {
    message: 'New messages: {{conversation.name}}',
    mention: 'You were mentioned: {{conversation.name}}',
    offer: 'An offer for you: {{conversation.name}}',
    booking_request: 'A booking request: {{conversation.name}}',
    transition: 'News of an offer or a booking: {{conversation.name}}',
    added: 'You were added: {{conversation.name}}',
    context: 'News: {{conversation.name}}',
    broadcast: 'An announcement{{#sender.name}} from {{sender.name}}{{/sender.name}}',
    report: 'A report to look at',
  },
  intros: {
    message:
      '{{#isOne}}There is a message that you have not read:{{/isOne}}{{#isMany}}There are {{count}} messages that you have not read:{{/isMany}}',
    transition: 'There is news of an offer or a booking:',
    added: 'You were added to a conversation: {{conversation.name}}.',
    context: 'There is news of {{conversation.name}}{{#context.status}}: {{context.status}}{{/context.status}}.',
    broadcast: 'There is an announcement for you:',
    report: REPORTS_EN,
  },
  bodies: {
    added: 'You can read and write there now.',
    context:
      '{{#context.status}}{{context.status}}{{/context.status}}{{^context.status}}Something has changed.{{/context.status}}',
    report: REPORTS_EN,
  },
  more: '… and {{more}} more before these',
  open: 'Open the conversation',
  reply: 'You can answer by replying to this e-mail.',
  why: 'You get this e-mail because you were away when it was written.',
  unsubscribe: 'No e-mails any more',
  hidden: {
    title:
      '{{#hasMessages}}{{#isOne}}A new message{{/isOne}}{{#isMany}}{{count}} new messages{{/isMany}}{{/hasMessages}}{{^hasMessages}}News for you{{/hasMessages}}',
    body: 'Open the app to read.',
  },
}

const de: Words = {
  somebody: 'Jemand',
  offices: { admin: 'Die Moderation', host: 'Der Dienst', clock: 'Der Dienst' },
  moves: {
    service_offer: {
      accept: 'Angebot angenommen',
      decline: 'Angebot abgelehnt',
      withdraw: 'Angebot zurückgezogen',
      expire: 'Angebot abgelaufen',
      complete: 'Angebot abgeschlossen',
      refuse: 'Angebot zurückgewiesen',
    },
    booking_request: {
      confirm: 'Buchung bestätigt',
      decline: 'Buchungsanfrage abgelehnt',
      cancel: 'Buchung storniert',
      expire: 'Buchungsanfrage abgelaufen',
      complete: 'Buchung abgeschlossen',
      refuse: 'Buchung zurückgewiesen',
    },
  },
  moved: 'Entschieden',
  greeting: 'Hallo{{#recipient.name}} {{recipient.name}}{{/recipient.name}},',
  subjects: {
    message: 'Neue Nachrichten: {{conversation.name}}',
    mention: 'Sie wurden erwähnt: {{conversation.name}}',
    offer: 'Ein Angebot für Sie: {{conversation.name}}',
    booking_request: 'Eine Buchungsanfrage: {{conversation.name}}',
    transition: 'Neues zu einem Angebot oder einer Buchung: {{conversation.name}}',
    added: 'Sie sind jetzt dabei: {{conversation.name}}',
    context: 'Neuigkeiten: {{conversation.name}}',
    broadcast: 'Eine Mitteilung{{#sender.name}} von {{sender.name}}{{/sender.name}}',
    report: 'Eine Meldung zum Ansehen',
  },
  intros: {
    message:
      '{{#isOne}}Eine Nachricht haben Sie noch nicht gelesen:{{/isOne}}{{#isMany}}{{count}} Nachrichten haben Sie noch nicht gelesen:{{/isMany}}',
    transition: 'Es gibt Neues zu einem Angebot oder einer Buchung:',
    added: 'Sie wurden zu einer Unterhaltung hinzugefügt: {{conversation.name}}.',
    context: 'Es gibt Neues zu {{conversation.name}}{{#context.status}}: {{context.status}}{{/context.status}}.',
    broadcast: 'Es gibt eine Mitteilung für Sie:',
    report: REPORTS_DE,
  },
  bodies: {
    added: 'Sie können dort jetzt lesen und schreiben.',
    context:
      '{{#context.status}}{{context.status}}{{/context.status}}{{^context.status}}Es hat sich etwas geändert.{{/context.status}}',
    report: REPORTS_DE,
  },
  more: '… und davor noch {{more}}',
  open: 'Unterhaltung öffnen',
  reply: 'Sie können antworten, indem Sie diese E-Mail beantworten.',
  why: 'Sie bekommen diese E-Mail, weil Sie nicht da waren, als das geschrieben wurde.',
  unsubscribe: 'Keine E-Mails mehr',
  hidden: {
    title:
      '{{#hasMessages}}{{#isOne}}Eine neue Nachricht{{/isOne}}{{#isMany}}{{count}} neue Nachrichten{{/isMany}}{{/hasMessages}}{{^hasMessages}}Neuigkeiten für Sie{{/hasMessages}}',
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
