import { Type } from 'typebox'

/** How e-mails leave, and how answers to them come in. */
export const mailSettings = {
  SMTP_URL: Type.Optional(
    Type.String({
      pattern: '^smtps?://\\S+$',
      expected: 'a URL smtp://user:password@host:587',
      description:
        'The mail server that e-mails are handed to (`smtps` speaks TLS from the beginning). Unset: none are sent; outside production they are shown at `/dev/sink`',
    }),
  ),
  MAIL_FROM: Type.String({
    pattern: '^([^<>\\r\\n]*<[^@<>\\s]+@[^@<>\\s]+>|[^@<>\\s]+@[^@<>\\s]+)$',
    expected: 'an address, or a name and an address in <>',
    default: 'Parley <parley@localhost>',
    description: 'Who e-mails are from: an address that your mail server sends for',
  }),
  PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s?#]+$',
      expected: 'an http or https URL',
      description:
        'Where this API is reached from outside: links in e-mails lead there. SMTP_URL needs it in production; outside, this process itself',
    }),
  ),
  MAIL_REPLY_DOMAIN: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9.-]{1,190}$',
      description:
        'The domain whose mail comes here: what somebody answers to an e-mail then arrives in the conversation. Its mail has to be received by MAIL_LISTEN, or handed over with MAIL_INBOUND_SECRET',
    }),
  ),
  MAIL_LISTEN: Type.Optional(
    Type.String({
      pattern: '^\\S*:\\d{1,5}$',
      expected: 'an address and a port, such as 0.0.0.0:25',
      description: 'Where mail for MAIL_REPLY_DOMAIN is received by SMTP, with TLS ended in front of it',
    }),
  ),
  MAIL_INBOUND_SECRET: Type.Optional(
    Type.String({
      minLength: 32,
      description:
        'The bearer token with which a mail provider posts what it has received (raw MIME) to `/v1/notifications/replies`, and what did not arrive to `/v1/notifications/bounces`',
    }),
  ),
}
