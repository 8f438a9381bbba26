/** Plans batches: finds every problem of the rows, and estimates. Nothing is stored or started. */
import { z } from 'zod';
import { type Plan, planRows } from '../../input/plan';
import type { OperationName } from '../../workflows/domain/operations/operations';
import { needs, tokenOf } from './access/guard-access';
import { batchPlanSchema } from './answers-of-plans';
import { RECIPE_DOCUMENT, RECIPE_PART, ROWS_DOCUMENT, ROWS_PART, UPLOAD_TYPES, withSource } from './batch-upload';
import { leaveToHandler } from './content-type';
import { describeForm, FORM_TYPE } from './form';
import { planQuery } from './requests';
import { answers } from './responses';
import { Semaphore } from './semaphore';
import { type ApiRoutes, batchBounds, newInputs } from './tools';

/** Maximum concurrent plans: each reads and decodes its files. */
const MAX_PLANS = 4;
/** Number of problems, and of warnings, in an answer. */
const MAX_LISTED = 1_000;

export const planRoutes: ApiRoutes = async (app, { tools }) => {
  const plans = new Semaphore(MAX_PLANS, 'plans of batches');
  app.addContentTypeParser([...UPLOAD_TYPES, FORM_TYPE], leaveToHandler);
  app.post(
    '/v1/plans',
    {
      ...needs('start', 'batches'),
      schema: {
        operationId: 'planBatch',
        summary: 'Check the rows of a batch, and estimate what they take and cost; nothing is stored or started',
        consumes: [...UPLOAD_TYPES],
        querystring: planQuery,
        body: z.any().meta(ROWS_DOCUMENT),
        form: describeForm(ROWS_PART, ROWS_DOCUMENT, { [RECIPE_PART]: RECIPE_DOCUMENT }),
        response: answers('The plan, also of rows with problems.', batchPlanSchema),
      },
    },
    async (request) => {
      const { skipInvalid = false, dropDuplicates = false, values, price = {}, concurrency, sample } = request.query;
      const prices = new Map(Object.entries(price) as [OperationName, number][]);
      const terms = { prices, sample, maxFindings: MAX_LISTED, ...(concurrency === undefined ? {} : { concurrency }) };
      const options = { skipInvalid, dropDuplicates, ...(values === undefined ? {} : { values }) };
      return plans.run(() =>
        withSource(request, batchBounds(tools.settings), options, async ({ name, rows, plan }, files) => {
          const inputs = newInputs(tools, tokenOf(request), files);
          return toAnswer(await planRows(name, rows, { ...plan, ...terms, inputs }).finally(() => inputs.close()));
        }),
      );
    },
  );
};

function toAnswer(plan: Plan): z.output<typeof batchPlanSchema> {
  const { mayStart, complete, rows, valid, invalid, dropped, duplicates, submissions, byOperation, time, cost } = plan;
  const { steps, sample, problems, warnings } = plan;
  return {
    ...{ mayStart, complete, rows, valid, invalid, dropped, duplicates, submissions, byOperation, time, cost },
    ...(steps === undefined ? {} : { steps }),
    ...(sample === undefined
      ? {}
      : { sample: { rows: sample.rows, submissions: sample.submissions, cost: sample.cost } }),
    problems: problems.first.map(toListed),
    problemCount: problems.total,
    warnings: warnings.first.map(toListed),
    warningCount: warnings.total,
  };
}

function toListed({ line, key, field, problem }: Plan['problems']['first'][number]) {
  return { line, key, field, problem };
}
