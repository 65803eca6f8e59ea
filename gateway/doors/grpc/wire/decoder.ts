import { isUtf8 } from 'node:buffer';
import { type ExactNumber, numberOf } from '../../../execution/answer/exactJson.ts';
import type { Json } from '../../../execution/answer/path.ts';
import { grpcErrorOf } from '../grpcErrors.ts';
import { type ProtoField, type ProtoFile, type ProtoMessage, messageIn, wireTypeOf } from '../proto/proto.ts';

/** Bytes that are no message, or one that is nested without end. */
export class Undecodable extends Error {}

/** As deep as Protobuf's own readers go. */
const levelsAtMost = 100;

/**
 * What reads the bytes of a request as the variables of its operation, made once from the shape of the message. What must be there and is left
 * out is zero or empty, as Protobuf leaves out zeros on the wire; fields that are not known are read over. It throws Undecodable.
 */
export function decoderOf(message: ProtoMessage, file: ProtoFile): (bytes: Uint8Array) => Record<string, Json> {
  const read = membersOf(message, file, new Map());
  return (bytes) => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return read(new Reader(buffer), buffer.length, 0);
  };
}

type ReadMembers = (reader: Reader, end: number, level: number) => Record<string, Json>;
/** Undefined: the enum's value that stands for none. */
type ReadValue = (reader: Reader, level: number) => Json | undefined;
type Known = Map<ProtoMessage, { read: ReadMembers }>;

function membersOf(message: ProtoMessage, file: ProtoFile, known: Known): ReadMembers {
  const made = known.get(message);
  if (made) return (...given) => made.read(...given); // it may contain itself
  const own: { read: ReadMembers } = { read: () => ({}) };
  known.set(message, own);
  const byNumber = new Map(
    message.fields.map((field) => [
      field.number,
      { ...field, wireType: wireTypeOf(field.type), read: valueOf(field.type, message, file, known) },
    ]),
  );
  const zeros = message.fields.flatMap((field) => {
    const zero = field.isRequired ? zeroOf(field, message, file, known) : undefined;
    return zero ? [{ key: field.jsonName, zero }] : [];
  });
  own.read = (reader, end, level) => {
    if (level > levelsAtMost) throw new Undecodable('nested too deeply');
    const members: Record<string, Json> = {};
    while (reader.at < end) {
      const tag = reader.varint();
      const field = byNumber.get(Math.floor(tag / 8));
      const wireType = tag % 8;
      if (!field) reader.skip(wireType);
      else if (field.label === 'repeated') {
        const items = (members[field.jsonName] ??= []) as Json[];
        if (wireType === field.wireType) items.push(field.read(reader, level) ?? 0);
        else if (wireType !== 2) throw new Undecodable('another wire type');
        else for (const until = reader.length(); reader.at < until;) items.push(field.read(reader, level) ?? 0);
      } else if (wireType !== field.wireType) throw new Undecodable('another wire type');
      else {
        const value = field.read(reader, level);
        if (value !== undefined) members[field.jsonName] = value;
      }
    }
    reader.expectEnd(end);
    for (const { key, zero } of zeros) if (!Object.hasOwn(members, key)) members[key] = zero();
    return members;
  };
  return own.read;
}

/** Undefined for an enum: none of its values stands for zero. */
function zeroOf(
  { label, type }: ProtoField,
  within: ProtoMessage,
  file: ProtoFile,
  known: Known,
): (() => Json) | undefined {
  if (label === 'repeated') return () => [];
  if (type === 'json' || 'enum' in type) return undefined;
  if ('message' in type) {
    const read = membersOf(messageIn(type.message, within, file), file, known);
    return () => read(new Reader(Buffer.alloc(0)), 0, 0);
  }
  const zero = { string: '', bool: false, double: 0, int32: 0, int64: 0 }[type.scalar];
  return () => zero;
}

function valueOf(type: ProtoField['type'], within: ProtoMessage, file: ProtoFile, known: Known): ReadValue {
  if (type === 'json') return (reader, level) => readJson(reader, reader.length(), level + 1);
  if ('message' in type) {
    const read = membersOf(messageIn(type.message, within, file), file, known);
    return (reader, level) => read(reader, reader.length(), level + 1);
  }
  if ('enum' in type) {
    const { values } = file.enums.find(({ name }) => name === type.enum)!;
    const names = new Map(values.map((one) => [one.number, one.name]));
    return (reader) => {
      const number = reader.varint();
      return number === 0 ? undefined : (names.get(number) ?? number);
    };
  }
  switch (type.scalar) {
    case 'bool':
      return (reader) => reader.varint() !== 0;
    case 'double':
      return (reader) => reader.double();
    case 'string':
      return (reader) => reader.text();
    default:
      return (reader) => reader.integer();
  }
}

/** A google.protobuf.Value as the JSON that it stands for. */
function readJson(reader: Reader, end: number, level: number): Json {
  if (level > levelsAtMost) throw new Undecodable('nested too deeply');
  let value: Json = null;
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x08) value = (reader.varint(), null);
    else if (tag === 0x11) value = finite(reader.double());
    else if (tag === 0x1a) value = reader.text();
    else if (tag === 0x20) value = reader.varint() !== 0;
    else if (tag === 0x2a) value = readStruct(reader, reader.length(), level + 1);
    else if (tag === 0x32) value = readItems(reader, reader.length(), level + 1);
    else reader.skip(tag % 8);
  }
  reader.expectEnd(end);
  return value;
}

/** JSON has no others, and would make them null. */
function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  const message = `${number} is no value of JSON.`;
  throw grpcErrorOf({ message, extensions: { code: 'BAD_USER_INPUT' } });
}

function readItems(reader: Reader, end: number, level: number): Json[] {
  const items: Json[] = [];
  while (reader.at < end)
    if (reader.varint() === 0x0a) items.push(readJson(reader, reader.length(), level));
    else throw new Undecodable('a list with something else in it');
  return items;
}

function readStruct(reader: Reader, end: number, level: number): Json {
  const members: [string, Json][] = [];
  while (reader.at < end) {
    if (reader.varint() !== 0x0a) throw new Undecodable('a map with something else in it');
    const entryEnd = reader.length();
    let [key, value]: [string, Json] = ['', null];
    while (reader.at < entryEnd) {
      const tag = reader.varint();
      if (tag === 0x0a) key = reader.text();
      else if (tag === 0x12) value = readJson(reader, reader.length(), level);
      else reader.skip(tag % 8);
    }
    members.push([key, value]);
  }
  return Object.fromEntries(members);
}

class Reader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Of at most 64 bits; what is beyond 53 is not exact. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 63; factor *= 0x80) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new Undecodable('cut short');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new Undecodable('a number without an end');
  }

  /** As int32 and int64 are written; exact. */
  integer(): number | ExactNumber {
    const from = this.at;
    const value = this.varint();
    if (value < 2 ** 53) return value;
    let exact = 0n;
    for (let at = this.at - 1; at >= from; at--) exact = (exact << 7n) | BigInt(this.#bytes[at]! & 0x7f);
    return numberOf(String(BigInt.asIntN(64, exact)));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  text(): string {
    const end = this.length();
    const text = this.#bytes.toString('utf8', this.at, end);
    if (text.includes('\ufffd') && !isUtf8(this.#bytes.subarray(this.at, end)))
      throw new Undecodable('text that is not UTF-8');
    this.at = end;
    return text;
  }

  /** Reads a length; where what is so long ends. */
  length(): number {
    const length = this.varint();
    if (this.at + length > this.#bytes.length) throw new Undecodable('cut short');
    return this.at + length;
  }

  /** What was read is as long as it was said to be. */
  expectEnd(end: number): void {
    if (this.at !== end) throw new Undecodable('longer than it says');
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.at = this.length();
    else if (wireType === 5) this.#take(4);
    else throw new Undecodable('a wire type that is none');
  }

  #take(count: number): number {
    if (this.at + count > this.#bytes.length) throw new Undecodable('cut short');
    const from = this.at;
    this.at += count;
    return from;
  }
}
