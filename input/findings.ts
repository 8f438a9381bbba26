/** Findings about rows: the first are kept, all are counted, all go to the report. */

export type Severity = 'problem' | 'warning';

export interface Finding {
  readonly severity: Severity;
  /** The line where the row begins, from 1; `null` if the finding has no line. */
  readonly line: number | null;
  /** `null` if the row has no valid key. */
  readonly key: string | null;
  /** The column, or `row` for the whole row. Never contains a prompt. */
  readonly field: string;
  /** What was found, and what is allowed. Never contains a prompt. */
  readonly problem: string;
}

/** Receives one finding. The next row is read once it resolves. */
export type ReportSink = (finding: Finding) => Promise<void>;

/** Findings with the same text: the first one, and the lines of all. */
export interface FindingKind extends Finding {
  readonly count: number;
  /** The first lines, at most `MAX_PLACES`. */
  readonly lines: readonly (number | null)[];
}

export interface FindingList {
  readonly total: number;
  /** The first findings, up to the number that is kept. */
  readonly first: readonly Finding[];
  /** The first kinds, up to the same number. */
  readonly kinds: readonly FindingKind[];
}

/** Default number of findings kept per severity. */
export const MAX_SHOWN = 50;
const MAX_PLACES = 5;

export class Findings {
  private readonly lists: Record<Severity, OpenList>;

  /** @param max number of findings kept per severity; all are counted */
  constructor(
    private readonly sink: ReportSink | undefined,
    max: number,
  ) {
    this.lists = { problem: new OpenList(max), warning: new OpenList(max) };
  }

  async add(finding: Finding): Promise<void> {
    this.lists[finding.severity].add(finding);
    await this.sink?.(finding);
  }

  list(severity: Severity): FindingList {
    return this.lists[severity].closed();
  }
}

interface OpenKind extends Finding {
  count: number;
  readonly lines: (number | null)[];
}

class OpenList {
  private total = 0;
  private readonly first: Finding[] = [];
  private readonly kinds = new Map<string, OpenKind>();

  constructor(private readonly max: number) {}

  add(finding: Finding): void {
    this.total += 1;
    if (this.first.length < this.max) this.first.push(finding);
    const name = `${finding.field} ${finding.problem}`;
    const kind = this.kinds.get(name);
    if (kind !== undefined) addTo(kind, finding);
    else if (this.kinds.size < this.max) this.kinds.set(name, { ...finding, count: 1, lines: [finding.line] });
  }

  closed(): FindingList {
    return { total: this.total, first: this.first, kinds: [...this.kinds.values()] };
  }
}

function addTo(kind: OpenKind, { line }: Finding): void {
  kind.count += 1;
  if (kind.lines.length < MAX_PLACES) kind.lines.push(line);
}
