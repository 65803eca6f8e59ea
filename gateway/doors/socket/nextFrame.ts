/** What stands before each result of one operation in its messages `next` of graphql-transport-ws. */
export const nextStart = (id: string): Buffer => Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);

const textMessage = 0x81;
const closingBrace = 0x7d;

/** A message `next` as one frame of RFC 6455: final, text, unmasked as servers send them. */
export function nextFrame(start: Buffer, result: Buffer): Buffer {
  const length = start.length + result.length + 1;
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = textMessage;
  if (headLength === 2) frame[1] = length;
  else if (headLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  start.copy(frame, headLength);
  result.copy(frame, headLength + start.length);
  frame[frame.length - 1] = closingBrace;
  return frame;
}
