/** Converts a stream of UTF-16 with a byte order mark, as spreadsheets save "Unicode text", to UTF-8. */
import { InputFileError } from './input-file-error';

const MARKS = [
  { mark: [0xff, 0xfe], isBigEndian: false },
  { mark: [0xfe, 0xff], isBigEndian: true },
] as const;
const MARK_BYTES = 2;

/** A lone surrogate or a zero character: neither occurs in text. */
const NO_TEXT = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\0/;

/**
 * Converts UTF-16 to UTF-8; passes anything else through.
 *
 * @throws InputFileError at the first invalid character; everything before it has been yielded
 */
export async function* fromUtf16(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let held: Buffer = Buffer.alloc(0);
  let decoder: Decoder | null | undefined;
  for await (const chunk of chunks) {
    if (decoder === null) {
      yield chunk;
      continue;
    }
    held = Buffer.concat([held, chunk]);
    if (decoder === undefined && held.length < MARK_BYTES) continue;
    decoder ??= chooseDecoder(name, held);
    if (decoder === null) yield held;
    else yield* decoder.take(decoder.isFresh ? held.subarray(MARK_BYTES) : held);
    held = Buffer.alloc(0);
  }
  if (decoder) decoder.end();
  else if (held.length > 0) yield held;
}

function chooseDecoder(name: string, bytes: Buffer): Decoder | null {
  const found = MARKS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  return found === undefined ? null : new Decoder(name, found.isBigEndian);
}

class Decoder {
  isFresh = true;
  /** Bytes of a character that continues in the next chunk. */
  private rest: Buffer = Buffer.alloc(0);
  private offset = MARK_BYTES;
  private line = 1;

  constructor(
    private readonly name: string,
    private readonly isBigEndian: boolean,
  ) {}

  *take(bytes: Buffer): Iterable<Buffer> {
    this.isFresh = false;
    const all = Buffer.concat([this.rest, bytes]);
    const whole = all.length - (all.length % 2);
    const units = this.isBigEndian ? Buffer.from(all.subarray(0, whole)).swap16() : all.subarray(0, whole);
    const keep = endsInHighSurrogate(units) ? 2 : 0;
    this.rest = Buffer.from(all.subarray(whole - keep));
    yield* this.decoded(units.toString('utf16le', 0, whole - keep));
  }

  end(): void {
    if (this.rest.length > 0) throw this.failure('ends in the middle of a character');
  }

  private *decoded(text: string): Iterable<Buffer> {
    const bad = text.search(NO_TEXT);
    const good = bad < 0 ? text : text.slice(0, bad);
    if (good !== '') yield Buffer.from(good, 'utf8');
    this.offset += good.length * 2;
    this.line += good.split('\n').length - 1;
    if (bad >= 0) throw this.failure('is not valid UTF-16');
  }

  private failure(found: string): InputFileError {
    return new InputFileError(
      [{ field: this.name, problem: `${found} (byte ${this.offset}); save it as UTF-8` }],
      this.line,
    );
  }
}

function endsInHighSurrogate(units: Buffer): boolean {
  return units.length >= 2 && ((units[units.length - 1] ?? 0) & 0xfc) === 0xd8;
}
