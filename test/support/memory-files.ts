import type { StoreFiles } from '../../activities/store/store-files';

/** Files of a store in memory, for tests that read and write very many. */
export class MemoryFiles implements StoreFiles {
  readonly files = new Map<string, string | Uint8Array>();

  addressOf(name: string): string {
    return `memory:${name}`;
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    this.files.set(name, content);
  }

  async create(name: string, text: string): Promise<string> {
    if (!this.files.has(name)) this.files.set(name, text);
    return Buffer.from(this.files.get(name) ?? text).toString();
  }

  async read(name: string): Promise<Buffer | null> {
    const text = this.files.get(name);
    return text === undefined ? null : Buffer.from(text);
  }

  async has(name: string): Promise<boolean> {
    return this.files.has(name);
  }

  async list(beginning: string): Promise<readonly string[]> {
    return [...this.files.keys()].filter((name) => name.startsWith(beginning)).sort();
  }
}
