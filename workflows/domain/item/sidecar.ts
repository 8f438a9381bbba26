/** The description of a file beside it: what was asked for, and what it cost. Pure. */
import { withoutMissing } from '../base/without-missing';
import type { OperationName } from '../operations/operations';
import type { Charge, PlainRow, RequestFields, RowStep, RowSubmission, StoredFile } from './item';
import { type ResultLine, sumCharges } from './result-row';
import { listSteps } from './row-steps';
import { withStepFormats } from './step-format';
import { toStepRole } from './step-report';

/** What was asked of one step, and what it cost. */
interface DescribedWork {
  /** Absent: the item has one step. */
  readonly step?: string;
  readonly operation: OperationName;
  /** As submitted. A picture is the address that was given, the content in the store, or an earlier step. */
  readonly request: RequestFields;
  /** `null` if the request has none. */
  readonly seed: unknown;
  /** The paid requests for this step, oldest first. */
  readonly submissions: readonly RowSubmission[];
  readonly jobIds: readonly string[];
  /** As reported by the provider; `null` for a unit that it has not named. */
  readonly charge: Charge;
}

/** Depends only on the row and its result: the same ones give the same sidecar. Has no address of the provider. */
export interface Sidecar extends DescribedWork {
  readonly file: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly mimeType: string;
  readonly role: string;
  /** Absent: a single item. */
  readonly batch?: string;
  /** When the batch was stored, ISO 8601. Absent: a single item. */
  readonly batchCreatedAt?: string;
  readonly key: string;
  /** The columns and variables of the row; empty if there are none. */
  readonly values: Readonly<Record<string, unknown>>;
  /** The steps before that of the file, in order. Absent: there are none. */
  readonly earlierSteps?: readonly DescribedWork[];
}

interface DescribedItem {
  readonly row: PlainRow;
  readonly line: Pick<ResultLine, 'key' | 'submissions' | 'values'>;
  /** Absent: a single item. */
  readonly batch?: { readonly id: string; readonly createdAt: string };
}

type DescribedStep = Pick<RowStep, 'operation' | 'request'> & Partial<Pick<RowStep, 'id'>>;

/** @param name name of the file, without a path */
export function toSidecar({ row, line, batch }: DescribedItem, file: StoredFile, name: string): Sidecar {
  const steps = row.steps === undefined ? listSteps(row) : withStepFormats(row.steps);
  const isOwn = ({ id }: DescribedStep) => id !== undefined && file.role.startsWith(toStepRole(id, ''));
  const own: DescribedStep = steps.find(isOwn) ?? steps.at(-1) ?? row;
  const earlier = steps.slice(
    0,
    Math.max(
      0,
      steps.findIndex(({ id }) => id === own.id),
    ),
  );
  const { step, operation, request, seed, ...paid } = describeWork(own, line);
  const { role, sha256, bytes, mimeType } = file;
  return {
    file: name,
    ...{ sha256, bytes, mimeType, role },
    ...(batch === undefined ? {} : { batch: batch.id, batchCreatedAt: batch.createdAt }),
    key: line.key,
    ...withoutMissing({ step }),
    ...{ operation, request, seed, values: line.values ?? {} },
    ...paid,
    ...(earlier.length === 0 ? {} : { earlierSteps: earlier.map((one) => describeWork(one, line)) }),
  };
}

function describeWork({ id, operation, request }: DescribedStep, line: DescribedItem['line']): DescribedWork {
  const submissions = line.submissions.filter((one) => one.step === id);
  return {
    ...withoutMissing({ step: id }),
    ...{ operation, request, seed: request['seed'] ?? null, submissions },
    jobIds: submissions.flatMap(({ jobId }) => jobId ?? []),
    charge: sumCharges(submissions),
  };
}

/** The name of the description of a file, for instance `shoe.json` for `shoe.png`: no result is a JSON file. */
export function toSidecarName(file: string): string {
  return `${file.replace(/\.[^./\\]*$/, '')}.json`;
}

/** As it is written. */
export function formatSidecar(sidecar: Sidecar): string {
  return `${JSON.stringify(sidecar, null, 2)}\n`;
}
