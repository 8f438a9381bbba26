/** Histories that are kept in a folder, one event a line, and replayed against the workflows of today. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { Worker } from '@temporalio/worker';
import type { WorkflowCode } from '../../worker/bundle';
import { readHistory } from './history';
import { quiet } from './quiet';
import type { Rig } from './rig';
import { currentWorkflowCode } from './workflow-code';

/** What is read of an event's attributes. */
interface Attributes {
  readonly sdkMetadata?: { readonly coreUsedFlags?: readonly number[] };
  readonly signalName?: string;
  readonly workflowTaskCompletedEventId?: string;
}

type Event = Readonly<Record<string, Attributes>>;

export class KeptHistories {
  private current: WorkflowCode | null = null;

  constructor(private readonly folder: string) {}

  /** @param record is called first, if histories are to be recorded anew */
  async prepare(record: () => Promise<void>): Promise<void> {
    quiet();
    if (process.env['RECORD_HISTORIES'] !== undefined) {
      mkdirSync(this.folder, { recursive: true });
      await record();
    }
    this.current = await currentWorkflowCode();
  }

  names(): readonly string[] {
    return readdirSync(this.folder).sort();
  }

  /**
   * Whole but for stack traces, which name folders of this machine.
   *
   * @param runId default: the last run
   */
  async keep(rig: Rig, workflowId: string, file: string, runId?: string): Promise<void> {
    const { events }: { events: Event[] } = JSON.parse(historyToJSON(await readHistory(rig, workflowId, runId)));
    const lines = events.map((event) =>
      JSON.stringify(event, (name, value: unknown) => (name === 'stackTrace' ? '' : value)),
    );
    writeFileSync(path.join(this.folder, file), `${lines.join('\n')}\n`);
  }

  /** Without these flags of the SDK replaying would prove nothing. */
  flagsOf(file: string): readonly number[] {
    return this.eventsOf(file).flatMap(
      (event) => event['workflowTaskCompletedEventAttributes']?.sdkMetadata?.coreUsedFlags ?? [],
    );
  }

  /** Ids of the workflow tasks that sent a signal of this name, one for each signal. */
  listTasksThatSent(file: string, signalName: string): readonly string[] {
    return this.eventsOf(file).flatMap((event) => {
      const sent = event['signalExternalWorkflowExecutionInitiatedEventAttributes'];
      return sent?.signalName === signalName ? (sent.workflowTaskCompletedEventId ?? []) : [];
    });
  }

  async replay(file: string, workflowId: string, change: (text: string) => string = (text) => text): Promise<void> {
    if (this.current === null) throw new Error('prepare() was not called');
    const history: unknown = JSON.parse(change(JSON.stringify({ events: this.eventsOf(file) })));
    await Worker.runReplayHistory(this.current, history, workflowId);
  }

  private eventsOf(file: string): readonly Event[] {
    const lines = readFileSync(path.join(this.folder, file), 'utf8').trimEnd().split('\n');
    return lines.map((line): Event => JSON.parse(line));
  }
}
