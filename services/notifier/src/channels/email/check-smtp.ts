import { createTransport } from 'nodemailer'

/** Greets a mail server and logs in, as whoever hands e-mails over does; nothing is sent. Rejects with what it says. */
export async function checkSmtp(url: string, deadlineMs: number): Promise<void> {
  const transport = createTransport({
    url,
    ...{
      connectionTimeout: deadlineMs,
      greetingTimeout: deadlineMs,
      dnsTimeout: deadlineMs,
      socketTimeout: deadlineMs,
    },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  } as object)
  try {
    await transport.verify()
  } finally {
    transport.close()
  }
}
