/** Objects below one address. Every error becomes a `StoreUnavailable` with the object's address. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { getOwn } from '../../../workflows/domain/base/own-value';
import { withoutMissing } from '../../../workflows/domain/base/without-missing';
import { INPUT_TYPES } from '../../../workflows/domain/operations/stored-input';
import { StoreUnavailable } from '../result-store';
import { computeDigest } from '../staging';
import type { ByteRange, CleanableFiles, FoundFile, StreamedFiles } from '../store-files';
import { S3Connection, type S3Session } from './s3-connection';
import { withPatience } from './s3-patience';
import { formatProblem, isForCredentials, isMissing, s3Problem, toRefusal, wasThereBefore } from './s3-problem';
import { type S3Access, type S3Location, s3Address } from './s3-settings';

/** Part size of uploads of larger files; an upload holds two parts in memory. */
export const PART_BYTES = 8 * 1024 * 1024;
const MAX_CONCURRENT_PARTS = 2;
/** Maximum objects that S3 deletes in one request. */
const MAX_DELETED = 1_000;
/** Attempts at a conditional create that S3 refuses while another one is in progress. */
const CREATE_TRIES = 5;

const FILE_TYPES: Readonly<Record<string, string>> = {
  ...INPUT_TYPES,
  json: 'application/json',
  jsonl: 'application/x-ndjson',
};

/** Names are relative to the address. */
export class S3Objects implements StreamedFiles, CleanableFiles {
  readonly address: string;
  private readonly connection: S3Connection;

  constructor(
    private readonly location: S3Location,
    private readonly access: S3Access,
  ) {
    this.address = s3Address(location);
    this.connection = new S3Connection(access);
  }

  addressOf(name: string): string {
    return `${this.address}/${name}`;
  }

  write(name: string, content: string | Uint8Array): Promise<void> {
    return this.attempt('write', name, (session) => this.put(session, name, content));
  }

  create(name: string, text: string): Promise<string> {
    return this.attempt('create', name, async (session) => {
      for (let tried = 1; ; tried += 1) {
        try {
          await this.put(session, name, text, { IfNoneMatch: '*' });
          return text;
        } catch (error) {
          if (!wasThereBefore(error)) throw error;
          // If our answer was lost and the SDK resent the request, the existing object is our own.
          const there = await this.get(session, name);
          if (there !== null) return there.toString('utf8');
          // Two concurrent creators: S3 may refuse both and expects a retry.
          if (tried === CREATE_TRIES) throw error;
        }
      }
    });
  }

  read(name: string): Promise<Buffer | null> {
    return this.attempt('read', name, (session) => this.get(session, name));
  }

  async has(name: string): Promise<boolean> {
    return (await this.findSize(name)) !== null;
  }

  findSize(name: string): Promise<number | null> {
    return this.attempt('look for', name, async ({ sdk, client }) => {
      try {
        const { ContentLength = 0 } = await client.send(new sdk.HeadObjectCommand(this.at(name)));
        return ContentLength;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    });
  }

  openStream(name: string, { start, end }: ByteRange): Promise<Readable> {
    return this.attempt('read', name, async ({ sdk, client }) => {
      // An empty object has no range.
      if (end < start) return Readable.from([]);
      const { Body } = await client.send(
        new sdk.GetObjectCommand({ ...this.at(name), Range: `bytes=${start}-${end}` }),
      );
      if (Body instanceof Readable) return Body;
      throw new Error('the answer has no bytes');
    });
  }

  private async put(
    { sdk, client }: S3Session,
    name: string,
    content: string | Uint8Array,
    condition: { readonly IfNoneMatch?: '*' } = {},
  ): Promise<void> {
    const Body = Buffer.from(content);
    const ContentType = getOwn(FILE_TYPES, name.slice(name.lastIndexOf('.') + 1)) ?? 'text/plain';
    // Sets the length, because the SDK treats an empty text as a stream of unknown length and warns.
    const what = { ...this.at(name), Body, ContentLength: Body.byteLength, ContentType };
    await client.send(new sdk.PutObjectCommand({ ...what, ...this.checksumOptions(), ...condition }));
  }

  private async get({ sdk, client }: S3Session, name: string): Promise<Buffer | null> {
    try {
      const { Body } = await client.send(new sdk.GetObjectCommand(this.at(name)));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  list(beginning: string): Promise<readonly string[]> {
    return this.attempt('list', beginning, async ({ sdk, client }) => {
      const { Bucket, Key: Prefix } = this.at(beginning);
      const names: string[] = [];
      // S3 returns at most a thousand names per request.
      for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket, Prefix })) {
        for (const { Key } of page.Contents ?? []) if (Key) names.push(Key.slice(Prefix.length - beginning.length));
      }
      return names.sort();
    });
  }

  /** Each listing and each read fails if there is no bucket. */
  refuseMissing(): Promise<void> {
    return Promise.resolve();
  }

  async *walk(beginning: string): AsyncGenerator<FoundFile> {
    const { Bucket, Key: Prefix } = this.at(beginning);
    const cut = Prefix.length - beginning.length;
    let ContinuationToken: string | undefined;
    do {
      const page = await this.attempt('list', beginning, ({ sdk, client }) =>
        client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix, ...withoutMissing({ ContinuationToken }) })),
      );
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
        yield { name: Key.slice(cut), bytes: Size, changedAt: LastModified?.getTime() ?? 0 };
      ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  async remove(names: readonly string[]): Promise<void> {
    for (let first = 0; first < names.length; first += MAX_DELETED) {
      const some = names.slice(first, first + MAX_DELETED);
      await this.attempt('delete', some[0] ?? '', async ({ sdk, client }) => {
        const { Bucket } = this.at('');
        const Objects = some.map((name) => ({ Key: this.at(name).Key }));
        const { Errors = [] } = await client.send(
          new sdk.DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
        );
        const [refused] = Errors;
        // Reported like an error of the whole request.
        if (refused !== undefined) throw toRefusal(refused);
      });
    }
  }

  /**
   * Uploads a file atomically; S3 checks its SHA-256, which is also kept in the object's metadata. Returns `false` if
   * an object with other bytes exists, which is kept.
   */
  upload(name: string, file: string, contentType: string): Promise<boolean> {
    return this.attempt('write', name, async (session) => {
      const sha256 = await computeDigest(file);
      // Multipart uploads are compared first: some servers support conditions on single requests only.
      if ((await stat(file)).size >= PART_BYTES) {
        const there = await this.readDigest(session, name);
        if (there !== null) return there === sha256.toString('hex');
      }
      for (let tried = 1; ; tried += 1) {
        try {
          await this.send(session, name, { file, sha256, contentType });
          return true;
        } catch (error) {
          if (!wasThereBefore(error)) throw error;
          // If our answer was lost and the SDK resent the request, the existing object is our own.
          const there = await this.readDigest(session, name);
          if (there !== null) return there === sha256.toString('hex');
          if (tried === CREATE_TRIES) throw error;
        }
      }
    });
  }

  /** Returns the SHA-256 of an object in hex; `null` if it does not exist. */
  private async readDigest(session: S3Session, name: string): Promise<string | null> {
    const { sdk, client } = session;
    try {
      const { Metadata } = await client.send(new sdk.HeadObjectCommand(this.at(name)));
      const recorded = Metadata?.['sha256'];
      if (recorded !== undefined) return recorded;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    // The object was copied by a program that drops metadata.
    const bytes = await this.get(session, name);
    return bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
  }

  private async send(
    { sdk, client }: S3Session,
    name: string,
    { file, sha256, contentType }: { readonly file: string; readonly sha256: Buffer; readonly contentType: string },
  ): Promise<void> {
    const { size } = await stat(file);
    const isWhole = size < PART_BYTES && this.hasChecksums;
    const checksum = isWhole ? { ChecksumSHA256: sha256.toString('base64') } : this.checksumOptions();
    const Metadata = { sha256: sha256.toString('hex') };
    const Body = createReadStream(file);
    const params = { ...this.at(name), Body, ContentType: contentType, Metadata, IfNoneMatch: '*', ...checksum };
    const upload = new sdk.Upload({ client, params, partSize: PART_BYTES, queueSize: MAX_CONCURRENT_PARTS });
    await upload.done().finally(() => Body.destroy());
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private at(name: string): { Bucket: string; Key: string } {
    const { bucket, prefix } = this.location;
    return { Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` };
  }

  private get hasChecksums(): boolean {
    return this.access.checksums !== false;
  }

  private checksumOptions(): { readonly ChecksumAlgorithm?: 'SHA256' } {
    return this.hasChecksums ? { ChecksumAlgorithm: 'SHA256' } : {};
  }

  private async attempt<T>(doing: string, name: string, work: (session: S3Session) => Promise<T>): Promise<T> {
    try {
      return await withPatience(() => this.once(work));
    } catch (error) {
      const problem = s3Problem(error, this.hasChecksums);
      // No `cause`: the SDK's errors contain signed requests.
      throw new StoreUnavailable(`cannot ${doing} ${this.addressOf(name)}: ${formatProblem(problem)}`, {
        ...(problem.remedy === '' ? {} : { remedy: problem.remedy }),
      });
    }
  }

  private async once<T>(work: (session: S3Session) => Promise<T>): Promise<T> {
    const session = await this.connection.open();
    try {
      return await work(session);
    } catch (error) {
      if (isForCredentials(error)) await this.connection.renew(session);
      throw error;
    }
  }
}
