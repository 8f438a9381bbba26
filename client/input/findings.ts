/** What is found out about rows: the first ones are kept, all are counted, all go to the report. */

export type Severity = 'problem' | 'warning';

export interface Finding {
  readonly severity: Severity;
  /** Where the row begins, counted from 1; `null` where no line is to blame. */
  readonly line: number | null;
  /** `null` where the row has none that could be used. */
  readonly key: string | null;
  /** The column, or `row` where the row as a whole is meant. Never holds a prompt. */
  readonly field: string;
  /** What was found, and what would be right. Never holds a prompt. */
  readonly problem: string;
}

/** Takes one finding; the next row is read when it is done. */
export type ReportSink = (finding: Finding) => Promise<void>;

/** Findings that say the same of several rows: the first one, and where the others are. */
export interface FindingKind extends Finding {
  readonly count: number;
  /** The first of them, at most `MAX_PLACES`. */
  readonly lines: readonly (number | null)[];
}

export interface FindingList {
  readonly total: number;
  /** At most as many as are kept. */
  readonly first: readonly Finding[];
  /** The first kinds, likewise. */
  readonly kinds: readonly FindingKind[];
}

/** Kept of each severity, where nobody wants more. */
export const MAX_SHOWN = 50;
const MAX_PLACES = 5;

export class Findings {
  private readonly lists: Record<Severity, OpenList>;

  /** @param max of each severity that are kept; all are counted */
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
