import * as parser from 'socket.io-parser'

/** An event's argument that is JSON already: what the conversation service has encoded once goes to every socket as it is. */
export class EncodedJson {
  readonly json: string

  constructor(json: string) {
    this.json = json
  }
}

/** Socket.IO's own encoding, which besides knows EncodedJson as the argument of an event that asks for no answer. */
class Encoder extends parser.Encoder {
  override encode(packet: parser.Packet): ReturnType<parser.Encoder['encode']> {
    const { type, nsp, id, data } = packet
    if (type === parser.PacketType.EVENT && nsp === '/' && id === undefined && data[1] instanceof EncodedJson)
      return [`${type}[${JSON.stringify(data[0])},${data[1].json}]`]
    return super.encode(packet)
  }
}

const BINARY_EVENT = String(parser.PacketType.BINARY_EVENT)
const BINARY_ACK = String(parser.PacketType.BINARY_ACK)
/** `51-["event",{"_placeholder":true,"num":0}]`, with an id for the answer before the bracket; one attachment follows. */
const BINARY = /^5(\d{1,2})-(\/[^,[]*,)?(\d*)\[("(?:[^"\\]|\\.){0,64}")?/

/** A slip, and no upload. */
const MAX_SKIPPED_BYTES = 64 * 1024

/**
 * Socket.IO's own decoding, but no event of ours has attachments. One that comes with some is heard without any argument,
 * so that it is refused as every wrong shape is, and nothing of it is kept meanwhile: neither what was sent, nor what is
 * announced and never comes.
 */
export class Decoder extends parser.Decoder {
  /** How many packets came: what is unfinished now and was at an earlier count is another one. */
  packets = 0
  #attachments = 0
  #bytes = 0
  #refused = ''

  override add(packet: unknown): void {
    this.packets++
    if (typeof packet !== 'string') this.#skipAttachment(packet as Uint8Array)
    else if (this.#attachments > 0) throw new Error('An attachment was to come')
    else if (packet.startsWith(BINARY_EVENT) || packet.startsWith(BINARY_ACK)) this.#announceAttachments(packet)
    else super.add(packet)
  }

  #announceAttachments(packet: string): void {
    const [, count, namespace = '', id = '', name] = BINARY.exec(packet) ?? []
    if (!Number(count) || name === undefined) throw new Error('Packets with attachments are not taken')
    this.#attachments = Number(count)
    this.#bytes = MAX_SKIPPED_BYTES
    this.#refused = `${parser.PacketType.EVENT}${namespace}${id}[${name}]`
  }

  #skipAttachment({ byteLength }: Uint8Array): void {
    this.#bytes -= byteLength
    if (this.#bytes < 0) throw new Error('Attachments are not taken, and these are large')
    if (this.#attachments === 0) throw new Error('No attachment was to come')
    if (--this.#attachments === 0) super.add(this.#refused)
  }
}

/** For the server's `parser` option. Clients notice nothing of it. */
export const jsonParser = { Encoder, Decoder }
