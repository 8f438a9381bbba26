/** Parses server-sent events. */

export interface StreamEvent {
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

/** Yields the events of a stream of text. Comments and unknown fields are ignored, as the standard has it. */
export async function* parseEvents(chunks: AsyncIterable<string>): AsyncGenerator<StreamEvent> {
  let rest = '';
  for await (const chunk of chunks) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event.data !== '') yield event;
    }
  }
}

function parseBlock(block: string): StreamEvent {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    fields.set(name, value);
  }
  return { id: fields.get('id') ?? '', name: fields.get('event') ?? 'message', data: fields.get('data') ?? '' };
}
