/** The JSON schemas of what callers in other languages send. Their files are in `schemas`. */
import { type JsonSchema, toSchema } from './field-checks';
import { BATCH_CHANGE_CHECKS, BATCH_ROWS_INPUT_CHECKS, ITEM_INPUT_CHECKS } from './input-checks';
import { CANCEL_CHECKS, RUN_BATCH_CHECKS, RUN_ITEM_CHECKS, STATUS_CHECKS } from './nexus-checks';

// The library sets the others.
const { carried: _carried, supersededJobs: _jobs, ...itemChecks } = ITEM_INPUT_CHECKS;
const { patienceMs: _patience, ...batchChecks } = BATCH_ROWS_INPUT_CHECKS;

const has = (...required: readonly string[]): JsonSchema => ({ required });

/** An item has one source, and a job may come with its request. */
const ITEM_SOURCES: JsonSchema = { oneOf: [has('steps'), { anyOf: [has('request'), has('jobId')] }] };

const RUN_ITEM_SOURCES: JsonSchema = {
  oneOf: [
    { ...has('request'), not: has('steps') },
    { ...has('steps'), not: { anyOf: [has('operation'), has('request')] } },
  ],
};

/** `allowUnknown` needs `again`. */
const NEEDS_AGAIN: JsonSchema = {
  if: { properties: { allowUnknown: { const: true } }, ...has('allowUnknown') },
  then: { properties: { again: { const: true } }, ...has('again') },
};

/** By the name of the file. */
export const INPUT_SCHEMAS = {
  'imagePipelineItem.input': { ...toSchema(itemChecks), ...ITEM_SOURCES },
  'imagePipelineBatch.input': toSchema(batchChecks),
  'imagePipelineBatch.set.input': toSchema(BATCH_CHANGE_CHECKS),
  'nexus.runItem.input': { ...toSchema(RUN_ITEM_CHECKS), ...RUN_ITEM_SOURCES, ...NEEDS_AGAIN },
  'nexus.runBatch.input': toSchema(RUN_BATCH_CHECKS),
  'nexus.cancel.input': toSchema(CANCEL_CHECKS),
  'nexus.status.input': toSchema(STATUS_CHECKS),
} as const satisfies Readonly<Record<string, JsonSchema>>;
