/**
 * Uploads the files of a request before its submission. In an activity of its own, because an upload is free and may be
 * repeated: a worker that dies during it leaves no unknown outcome. The addresses stay in the store.
 */
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import { getFailureRow } from '../../workflows/domain/failures/failures';
import type { JudgedFault } from '../../workflows/domain/failures/fault';
import type { SubmitJobInput, UploadedInputs, UploadInputsInput } from '../../workflows/domain/item/activity-contract';
import { type SubmissionEnd, toFeedback } from '../../workflows/domain/item/decide-next';
import type { RequestFields } from '../../workflows/domain/item/item';
import { isAccountRefusal } from '../../workflows/domain/leases/feedback';
import type { OperationName } from '../../workflows/domain/operations/operations';
import {
  INPUT_TYPES,
  listStoredInputs,
  parseStoredValue,
  replaceInputs,
  type StoredInput,
  toStoredName,
} from '../../workflows/domain/operations/stored-input';
import { reportToGovernor } from '../account/account-activities';
import type { ActivityDependencies } from '../dependencies';
import type { Refusal } from '../imagepipeline/classify-submit';
import type { ResultStore } from '../store/result-store';
import type { Upload } from '../store/upload-records';
import { recordRememberedUpload, recordUpload } from './item-telemetry';
import { requestOrThrow, throwIfStoreIsAway } from './load-request';
import { openInput, resolveSteps } from './step-files';
import { judgeFault, throwFault } from './throw-fault';
import type { UploadOutcome } from './uploads';

/** Age from which an upload is not used again, in ms. The provider documents no lifetime; its SDK calls it permanent. */
const MAX_UPLOAD_AGE_MS = 7 * 24 * 3_600_000;

export async function uploadInputs(
  dependencies: ActivityDependencies,
  input: UploadInputsInput,
): Promise<UploadedInputs> {
  const request = await sentRequestOrThrow(dependencies, input);
  const times: number[] = [];
  for (const file of listStoredInputs(input.operation, request)) {
    const outcome = await throwIfStoreIsAway(dependencies, input, 'submit', () => upload(dependencies, input, file));
    if (outcome.kind === 'refused') await refuse(dependencies, input, request, file, outcome);
    if (outcome.kind === 'remembered') times.push(outcome.uploadedAt);
  }
  return { rememberedAt: times.length === 0 ? null : Math.max(...times) };
}

/** The request with the files of earlier steps. One that cannot be an input is a fault of a submission that was not sent. */
export async function sentRequestOrThrow(
  dependencies: ActivityDependencies,
  input: UploadInputsInput | SubmitJobInput,
): Promise<RequestFields> {
  const planned = await requestOrThrow(dependencies, input, 'submit');
  return throwIfStoreIsAway(dependencies, input, 'submit', async () => resolveSteps(input, planned));
}

async function upload(
  { api, store, uploads, now }: ActivityDependencies,
  input: UploadInputsInput,
  file: StoredInput,
): Promise<UploadOutcome> {
  const { key, newerThan = Number.NEGATIVE_INFINITY } = input;
  const signal = cancellationSignal();
  let isMade = false;
  const findRemembered = async (): Promise<UploadOutcome | null> => {
    const found = await store.uploads.read(api.accountTag, file);
    if (found === null || found.uploadedAt <= newerThan || now() - found.uploadedAt > MAX_UPLOAD_AGE_MS) return null;
    return { kind: 'remembered', uploadedAt: found.uploadedAt };
  };
  const uploadAgain = async (): Promise<UploadOutcome> => {
    const bytes = await openInput(store, input, file).read();
    const { sha256, extension } = file;
    const form = { name: `${sha256}.${extension}`, contentType: INPUT_TYPES[extension], bytes };
    const verdict = await api.upload(form, signal);
    recordUpload(verdict, bytes.byteLength);
    if (verdict.kind !== 'uploaded') return verdict;
    isMade = true;
    await store.uploads.write(api.accountTag, file, { url: verdict.url, uploadedAt: now() });
    log.info('input uploaded', { item: key, input: toStoredName(file), bytes: bytes.byteLength });
    return verdict;
  };
  const findOrUpload = async (): Promise<UploadOutcome> => {
    for (;;) {
      const remembered = await findRemembered();
      if (remembered !== null) return remembered;
      // Looks again, because another activity may have uploaded it since.
      const outcome = await uploads.share(file.sha256, signal, async () => (await findRemembered()) ?? uploadAgain());
      if (outcome.kind !== 'remembered' || outcome.uploadedAt > newerThan) return outcome;
    }
  };
  const outcome = await findOrUpload();
  // Also that of another activity of this worker, which counts it.
  if (outcome.kind !== 'refused' && !isMade) recordRememberedUpload();
  return outcome;
}

/** Throws a refusal as a fault of a submission that was not sent. */
async function refuse(
  dependencies: ActivityDependencies,
  input: UploadInputsInput,
  request: RequestFields,
  file: StoredInput,
  { code, message, retryAfterMs, isUnnamed }: Refusal,
): Promise<never> {
  const { met, deadlineAt, isGoverned = false } = input;
  const { readName } = openInput(dependencies.store, input, file);
  const name = await throwIfStoreIsAway(dependencies, input, 'submit', readName);
  const said = {
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(isUnnamed === undefined ? {} : { isUnnamed }),
  };
  // Retries by Temporal count too, so that the backoff grows.
  const counted = { ...met, [code]: (met[code] ?? 0) + activityInfo().attempt - 1 };
  const fault = judgeFault(
    dependencies,
    { code, origin: 'submit', message: `The upload of ${JSON.stringify(name)} was refused: ${message}`, ...said },
    { met: counted, deadlineAt, isGoverned, request },
  );
  await reportRefusal(input, fault);
  throwFault(fault);
}

/** For a single item, whose workflow does not report: the governor learns of limits, holds and outages. */
async function reportRefusal(
  { account, operation, waitsWhileHeld }: UploadInputsInput,
  fault: JudgedFault,
): Promise<void> {
  if (account === undefined) return;
  const { scope, outage } = getFailureRow(fault.row);
  if (scope === 'item' && outage !== true) return;
  const end: SubmissionEnd = { kind: 'fault', fault };
  const item = activityInfo().workflowExecution?.workflowId ?? '';
  const feedback = toFeedback(end, { item, operation, isProbe: false });
  const isWaiting = waitsWhileHeld === true && isAccountRefusal(feedback);
  await reportToGovernor({ account, operation, waits: isWaiting }, feedback, 'unsent', !isWaiting);
}

/**
 * The request with the addresses of its uploads; `null` if one is not remembered, for example because another worker with
 * another API key has uploaded it.
 */
export async function withUploads(
  { api, store }: { readonly api: Pick<ActivityDependencies['api'], 'accountTag'>; readonly store: ResultStore },
  operation: OperationName,
  request: RequestFields,
): Promise<RequestFields | null> {
  const files = listStoredInputs(operation, request);
  if (files.length === 0) return request;
  const found = new Map<string, Upload>();
  for (const file of files) {
    const remembered = await store.uploads.read(api.accountTag, file);
    if (remembered === null) return null;
    found.set(file.sha256, remembered);
  }
  return replaceInputs(operation, request, ({ value }) => {
    const file = parseStoredValue(value);
    return (file === null ? undefined : found.get(file.sha256)?.url) ?? value;
  });
}
