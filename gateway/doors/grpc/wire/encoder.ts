import { isExactNumber } from '../../../execution/answer/exactJson.ts';
import type { Json } from '../../../execution/answer/path.ts';
import { grpcErrorOf } from '../grpcErrors.ts';
import { type ProtoField, type ProtoFile, type ProtoMessage, messageIn, wireTypeOf } from '../proto/proto.ts';
import { ReverseWriter } from './reverseWriter.ts';

type Members = Readonly<Record<string, Json | undefined>>;

type WriteMembers = (members: Members, writer: ReverseWriter) => void;
type WriteValue = (value: NonNullable<Json>, writer: ReverseWriter) => void;

/** What stands before each message in a body of gRPC: whether it is compressed, and its length. */
export const prefixBytes = 5;

/**
 * What writes the data of an operation as the bytes of a message with gRPC's prefix, without a look at any descriptor: it is made once from the
 * shape of the message. Nulls in lists are left out, since Protobuf has none.
 */
export function frameEncoderOf(message: ProtoMessage, file: ProtoFile): (data: Members) => Buffer {
  const writer = new ReverseWriter();
  const write = membersOf(message, file, new Map());
  return (data) => {
    try {
      write(data, writer);
      writer.prefix();
      return writer.take();
    } catch (error) {
      writer.clear();
      throw error;
    }
  };
}

type Known = Map<ProtoMessage, { write: WriteMembers }>;

function membersOf(message: ProtoMessage, file: ProtoFile, known: Known): WriteMembers {
  const made = known.get(message);
  if (made) return (members, writer) => made.write(members, writer); // it may contain itself
  const own: { write: WriteMembers } = { write: () => undefined };
  known.set(message, own);
  const fields = [...message.fields]
    .sort((one, other) => other.number - one.number)
    .map((field) => ({ key: field.jsonName, write: fieldOf(field, message, file, known) }));
  own.write = (members, writer) => {
    for (const { key, write } of fields) {
      const value = members[key];
      if (value !== null && value !== undefined) write(value, writer);
    }
  };
  return own.write;
}

function fieldOf(field: ProtoField, within: ProtoMessage, file: ProtoFile, known: Known): WriteValue {
  const { number, label, type } = field;
  const tag = number * 8 + wireTypeOf(type);
  const write = valueOf(type, within, file, known);
  if (label !== 'repeated') {
    const one: WriteValue = (value, writer) => (write(value, writer), writer.varint(tag));
    const isMessage = type === 'json' || 'message' in type;
    return label === 'optional' || isMessage ? one : (value, writer) => isDefault(value) || one(value, writer);
  }
  const packedTag = number * 8 + 2;
  const isPacked = tag !== packedTag;
  return (value, writer) => {
    const items = Array.isArray(value) ? value : [value];
    const before = writer.written;
    for (let at = items.length - 1; at >= 0; at--) {
      const item = items[at];
      if (item === null || item === undefined) continue;
      write(item, writer);
      if (!isPacked) writer.varint(tag);
    }
    if (isPacked && writer.written > before) writer.close(packedTag, before);
  };
}

/** What proto3 leaves out where it does not tell "not there" from zero. */
const isDefault = (value: Json) => value === '' || value === false || Object.is(value, 0);

function valueOf(type: ProtoField['type'], within: ProtoMessage, file: ProtoFile, known: Known): WriteValue {
  if (type === 'json') return (value, writer) => delimited(writer, () => writeJson(value, writer));
  if ('message' in type) {
    const write = membersOf(messageIn(type.message, within, file), file, known);
    return (value, writer) => {
      const before = writer.written;
      write(value as Members, writer);
      writer.varint(writer.written - before);
    };
  }
  if ('enum' in type) {
    const numbers = new Map(
      file.enums.find(({ name }) => name === type.enum)!.values.map((one) => [one.name, one.number]),
    );
    return (value, writer) => writer.varint(numbers.get(value as string) ?? 0);
  }
  switch (type.scalar) {
    case 'bool':
      return (value, writer) => writer.byte(value === true ? 1 : 0);
    case 'double':
      return (value, writer) => writer.double(doubleOf(value));
    case 'string':
      return (value, writer) => writer.text(typeof value === 'string' ? value : JSON.stringify(value));
    default:
      return (value, writer) => writer.integer(integerOf(value));
  }
}

/** What a subgraph may answer as a number of its own scalar, some as text. */
const textOf = (value: Json): string => (isExactNumber(value) ? value.rawJSON : String(value));

function doubleOf(value: Json): number {
  const double = typeof value === 'number' ? value : Number(textOf(value));
  if (!Number.isFinite(double)) throw unsayable(value);
  return double;
}

const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];

function integerOf(value: Json): number | bigint {
  if (Number.isSafeInteger(value)) return value as number;
  const text = typeof value === 'number' && Number.isInteger(value) ? String(BigInt(value)) : textOf(value);
  const exact = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  if (exact === undefined || exact < least || exact > most) throw unsayable(value);
  return exact;
}

/** Rather no answer than another number. */
const unsayable = (value: Json) =>
  grpcErrorOf({
    message: `The answer has ${textOf(value).slice(0, 40)}, which is no number of its field's type.`,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });

function delimited(writer: ReverseWriter, write: () => void): void {
  const before = writer.written;
  write();
  writer.varint(writer.written - before);
}

/**
 * Any JSON as the members of google.protobuf.Value: null 1, number 2, text 3, bool 4, struct 5, list 6. Its numbers are doubles; one that a
 * double would change is text, as Protobuf's own JSON has large integers.
 */
function writeJson(given: Json, writer: ReverseWriter): void {
  const value = isExactNumber(given) ? given.rawJSON : given;
  const before = writer.written;
  if (value === null) return (writer.byte(0), writer.byte(0x08));
  if (typeof value === 'number') return (writer.double(value), writer.byte(0x11));
  if (typeof value === 'string') return (writer.text(value), writer.byte(0x1a));
  if (typeof value === 'boolean') return (writer.byte(value ? 1 : 0), writer.byte(0x20));
  if (Array.isArray(value)) {
    for (const item of value.toReversed()) {
      delimited(writer, () => writeJson(item, writer));
      writer.byte(0x0a);
    }
    return writer.close(0x32, before);
  }
  for (const [key, member] of Object.entries(value).reverse()) {
    const entry = writer.written;
    delimited(writer, () => writeJson(member ?? null, writer));
    writer.byte(0x12);
    writer.text(key);
    writer.byte(0x0a);
    writer.close(0x0a, entry);
  }
  writer.close(0x2a, before);
}
