import { type Static, Type } from 'typebox'
import { Timestamp, text, UserId } from './identifiers.ts'
import { NotificationKind } from './notification-preferences.ts'
import { orNull } from './or-null.ts'

/** What a template is for; `hidden` is what is said to who wants no previews, whatever it is of. */
export type TemplateKind = Static<typeof TemplateKind>
export const TemplateKind = Type.Enum([...NotificationKind.enum, 'hidden'], {
  description: 'What is told of; `hidden`: anything, to who wants no previews',
})

export type TemplateChannel = Static<typeof TemplateChannel>
export const TemplateChannel = Type.Enum(['push', 'email'], { description: 'In which way: they say different things' })

export const TemplateRef = Type.Object(
  {
    kind: TemplateKind,
    channel: TemplateChannel,
    locale: Type.String({
      maxLength: 35,
      pattern: '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$',
      description: 'A language, or one as a country speaks it. Who has `de-AT` gets `de` where there is none of theirs',
      examples: ['de', 'pt-BR'],
    }),
  },
  { additionalProperties: false },
)

const MUSTACHE = 'Mustache. What is put in for a name is escaped in HTML, always'
const words = {
  title: text(1, 500),
  body: text(1, 2_000),
  subject: text(1, 500),
  text: text(1, 20_000),
  html: text(1, 50_000),
}
/** `title` and `body` of a push; `subject`, `text` and `html` of an e-mail. */
export type TemplateWords = Static<typeof TemplateWords>
export const TemplateWords = Type.Partial(
  Type.Object({
    title: Type.String({ ...words.title, description: `Of a push. ${MUSTACHE}` }),
    body: Type.String({ ...words.body, description: 'Of a push' }),
    subject: Type.String({ ...words.subject, description: 'Of an e-mail' }),
    text: Type.String({ ...words.text, description: 'Of an e-mail, for who reads no HTML' }),
    html: Type.String({ ...words.html, description: 'Of an e-mail' }),
  }),
  { additionalProperties: false },
)

export const PutTemplate = Type.Object(
  { ...TemplateRef.properties, ...TemplateWords.properties },
  { additionalProperties: false },
)

export type NotificationTemplate = Static<typeof NotificationTemplate>
export const NotificationTemplate = Type.Object({
  ...TemplateRef.properties,
  ...TemplateWords.properties,
  updatedAt: orNull(Timestamp, "Null: it is Parley's own"),
  updatedBy: orNull(UserId),
})
