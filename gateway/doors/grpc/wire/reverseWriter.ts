const initialBytes = 16 * 1024;
/** A writer that has grown beyond this gives its memory back. */
const keptBytes = 1024 * 1024;

/**
 * Protobuf's wire format, written from the end to the beginning: what stands within a message is written before the message's length, which is
 * known by then. The parts of a field are therefore written in the order value, length, tag.
 */
export class ReverseWriter {
  #bytes = Buffer.allocUnsafe(initialBytes);
  #start = initialBytes;

  /** How many bytes are written so far. */
  get written(): number {
    return this.#bytes.length - this.#start;
  }

  /** What is written, as a copy; the writer is empty afterwards. */
  take(): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(this.#start));
    if (this.#bytes.length > keptBytes) this.#bytes = Buffer.allocUnsafe(initialBytes);
    this.#start = this.#bytes.length;
    return taken;
  }

  /** Forgets what is written. */
  clear(): void {
    this.#start = this.#bytes.length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[--this.#start] = value;
  }

  /** An unsigned integer of at most 53 bits. */
  varint(value: number): void {
    if (value < 0x80) return this.byte(value);
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    this.#reserve(size);
    this.#start -= size;
    let at = this.#start;
    for (let rest = value; ; rest = Math.floor(rest / 0x80)) {
      const low = rest % 0x80;
      if (rest < 0x80) return void (this.#bytes[at] = low);
      this.#bytes[at++] = low | 0x80;
    }
  }

  /** A signed integer of 64 bits, as int32 and int64 are written: what is negative takes ten bytes. */
  integer(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) return this.varint(value);
    const bytes: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.#reserve(bytes.length);
    this.#start -= bytes.length;
    this.#bytes.set(bytes, this.#start);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#start -= 8;
    this.#bytes.writeDoubleLE(value, this.#start);
  }

  /** Text with its length before it. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.#reserve(size);
    this.#start -= size;
    this.#bytes.write(value, this.#start, size);
    this.varint(size);
  }

  /** The length and the tag of what has been written since `before` bytes were. */
  close(tag: number, before: number): void {
    this.varint(this.written - before);
    this.varint(tag);
  }

  /** Before all else: not compressed, and so long. */
  prefix(): void {
    const { written } = this;
    this.#reserve(5);
    this.#start -= 5;
    this.#bytes[this.#start] = 0;
    this.#bytes.writeUInt32BE(written, this.#start + 1);
  }

  #reserve(count: number): void {
    if (this.#start >= count) return;
    const { written } = this;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, written + count));
    this.#bytes.copy(grown, grown.length - written, this.#start);
    this.#start = grown.length - written;
    this.#bytes = grown;
  }
}
