import Mustache from 'mustache'
import { SINK_KINDS, type Sink, type SinkKind } from './sink.ts'

const TITLES: Record<SinkKind, string> = { emails: 'E-mails', pushes: 'Pushes', webhooks: 'Webhooks' }
const EMPTY: Record<SinkKind, string> = {
  emails:
    'No e-mail yet. Write to somebody who has an address and is away: 15 seconds later it is here, unless they have read it.',
  pushes: 'No push yet. Those of devices that have no service here arrive on this page.',
  webhooks: 'No webhook yet. Make an endpoint with the address of this page and /webhooks at its end.',
}

const TEMPLATE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>What was sent</title>
<style>
:root { color-scheme: light dark }
body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.5 }
article { border: 1px solid #8886; border-radius: 8px; padding: .75rem 1rem; margin: .75rem 0 }
header { display: flex; gap: 1rem; align-items: baseline; flex-wrap: wrap }
header strong { flex: 1 }
small { opacity: .7 }
iframe { width: 100%; height: 24rem; border: 1px solid #8886; background: #fff }
pre { overflow: auto; max-height: 24rem; font-size: .85rem }
</style></head><body>
<h1>What was sent</h1>
<p>Nothing of it has left this machine: no mail server and no service of pushes is set. The last 200 of each are kept until this process ends;
<a href="/dev/sink.json">as JSON</a>, <a href="/dev/sink">again</a>.</p>
{{#kinds}}
<section><h2>{{name}} ({{count}})</h2>
{{^items}}<p>{{empty}}</p>{{/items}}
{{#items}}
<article><header><strong>{{title}}</strong><span>{{to}}</span><small>{{at}}</small>
<form method="post" action="/dev/sink/{{kind}}/{{id}}/again"><button>Send again</button></form></header>
<details><summary>All of it</summary>
{{#hasHtml}}<iframe sandbox title="The e-mail" src="/dev/sink/{{kind}}/{{id}}/html" loading="lazy"></iframe>{{/hasHtml}}
<pre>{{text}}</pre></details></article>
{{/items}}</section>
{{/kinds}}
</body></html>`

/** A page without a script. */
export function pageOf(sink: Pick<Sink, 'list'>): string {
  return Mustache.render(TEMPLATE, {
    kinds: SINK_KINDS.map((kind) => ({
      name: TITLES[kind],
      empty: EMPTY[kind],
      count: sink.list(kind).length,
      items: sink.list(kind).map((sunk) => ({
        ...sunk,
        kind,
        hasHtml: 'html' in sunk.content,
        text: JSON.stringify(sunk.content, null, 2),
      })),
    })),
  })
}
