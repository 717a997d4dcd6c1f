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

/** For the server's `parser` option. Clients notice nothing of it. */
export const encodedJsonParser = { Encoder, Decoder: parser.Decoder }
