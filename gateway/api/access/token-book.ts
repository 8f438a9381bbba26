/** The current tokens: a file of them is read again when it changes. */
import { readFileSync, statSync } from 'node:fs';
import { findErrorCode } from '../../../workflows/domain/base/errors';
import { type ApiToken, findToken, parseTokens } from './api-token';

const FILE_VARIABLE = 'IMAGEPIPELINE_API_TOKENS_FILE';
/** How often the file is looked at, in ms. */
const CHECK_INTERVAL_MS = 1_000;

export class TokenBook {
  private checkedAt = 0;
  private version: string;

  /**
   * @param file the file that the tokens come from; `null` if there is none
   * @param log receives one line about a file that cannot be used, which never contains a token
   */
  constructor(
    private tokens: readonly ApiToken[],
    private readonly file: string | null,
    private readonly log: (line: string) => void,
  ) {
    this.version = file === null ? '' : readVersion(file);
  }

  find(given: string | null): ApiToken | null {
    this.refresh();
    return findToken(given, this.tokens);
  }

  /** Whether the token is still accepted, with the same role and prefix. */
  has({ hash, role, prefix }: ApiToken): boolean {
    this.refresh();
    return this.tokens.some((token) => token.hash.equals(hash) && token.role === role && token.prefix === prefix);
  }

  /** A file that cannot be used changes nothing: all callers would be refused. */
  private refresh(): void {
    if (this.file === null || Date.now() - this.checkedAt < CHECK_INTERVAL_MS) return;
    this.checkedAt = Date.now();
    const version = readVersion(this.file);
    if (version === this.version) return;
    this.version = version;
    const problems: string[] = [];
    const tokens = readTokens(this.file, problems);
    if (problems.length === 0) this.tokens = tokens;
    else this.log(`the tokens were not changed: ${problems.join('; ')}`);
  }
}

function readTokens(file: string, problems: string[]): readonly ApiToken[] {
  try {
    return parseTokens(readFileSync(file, 'utf8').trim(), FILE_VARIABLE, problems);
  } catch (error) {
    problems.push(`${FILE_VARIABLE} names a file that cannot be read (${findErrorCode(error) ?? 'unknown'})`);
    return [];
  }
}

/** Differs after each change, also if a link is replaced, as Kubernetes does. */
function readVersion(file: string): string {
  const { ino, size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { ino: 0, size: 0, mtimeMs: 0 };
  return `${ino} ${size} ${mtimeMs}`;
}
