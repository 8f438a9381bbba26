/** Routes that create, list and control schedules. */
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { createFromSource } from '../../client/batches/create-schedule';
import { InvalidRowsError } from '../../client/batches/invalid-rows-error';
import { toBatchPlan, withRowSource } from '../../client/batches/plan-batch';
import { InvalidRequestError } from '../../connection/errors';
import type { ListedSchedule } from '../../connection/schedules';
import { withoutMissing } from '../../workflows/domain/base/without-missing';
import { needs, tokenOf } from './access/guard-access';
import { findStartId, narrowPrefix } from './access/own-ids';
import { toRowOptions, toTerms } from './batch-json';
import { idParams } from './requests';
import { answers, describeCreated, describeNothing } from './responses';
import {
  createdScheduleSchema,
  pauseBody,
  scheduleBody,
  scheduleListQuery,
  scheduleListSchema,
  scheduleSchema,
  triggeredSchema,
} from './schedule-requests';
import { type ApiRoutes, type ApiTools, batchContext, withDeadline } from './tools';

const RESULTING_STATE = answers('The resulting state.', scheduleSchema);

export const scheduleRoutes: ApiRoutes = async (app, { tools }) => {
  const find = (id: string) => tools.client.schedule(id);
  app.post(
    '/v1/schedules',
    {
      ...needs('start', 'schedules'),
      bodyLimit: tools.settings.maxBatchBytes,
      schema: {
        operationId: 'createSchedule',
        summary: 'Create a schedule, which starts a batch of these rows at each of its times',
        description: 'Every run pays for all rows again. The rows are those of this request.',
        body: scheduleBody,
        response: describeCreated('The schedule is recorded.', createdScheduleSchema),
      },
    },
    async (request, reply) => {
      const created = await create(tools, request, request.body);
      return reply.code(201).header('location', `/v1/schedules/${created.id}`).send(created);
    },
  );
  app.get(
    '/v1/schedules',
    {
      ...needs('read', 'schedules'),
      schema: {
        operationId: 'listSchedules',
        summary: 'List the schedules; a new one may be missing for some seconds',
        querystring: scheduleListQuery,
        response: answers('All schedules.', scheduleListSchema),
      },
    },
    async (request) => {
      const prefix = narrowPrefix(tokenOf(request), request.query.prefix ?? '');
      const schedules: ListedSchedule[] = [];
      if (prefix === null) return { schedules };
      await withDeadline(tools, async () => {
        for await (const one of tools.client.schedules().list()) if (one.id.startsWith(prefix)) schedules.push(one);
      });
      return { schedules };
    },
  );
  app.get(
    '/v1/schedules/:id',
    {
      ...needs('read', 'schedules'),
      schema: {
        operationId: 'getSchedule',
        summary: 'Get the next times of a schedule, and the batches that it has started',
        params: idParams,
        response: answers('The schedule.', scheduleSchema),
      },
    },
    ({ params: { id } }) => withDeadline(tools, () => find(id).status()),
  );
  app.delete(
    '/v1/schedules/:id',
    {
      ...needs('start', 'schedules'),
      schema: {
        operationId: 'deleteSchedule',
        summary: 'Delete a schedule; its batches stay',
        params: idParams,
        response: describeNothing('The schedule was deleted.'),
      },
    },
    async ({ params: { id } }, reply) => {
      await withDeadline(tools, () => find(id).delete());
      return reply.code(204).send(null);
    },
  );
  app.post(
    '/v1/schedules/:id/pause',
    {
      ...needs('operate', 'schedules'),
      schema: {
        operationId: 'pauseSchedule',
        summary: 'Pause a schedule: start nothing until it is resumed; batches that run continue',
        params: idParams,
        body: pauseBody.nullish(),
        response: RESULTING_STATE,
      },
    },
    ({ params: { id }, body }) => withDeadline(tools, () => find(id).pause(body?.note)),
  );
  app.post(
    '/v1/schedules/:id/resume',
    {
      ...needs('operate', 'schedules'),
      schema: {
        operationId: 'resumeSchedule',
        summary: 'Resume a schedule; times that passed meanwhile are not caught up',
        params: idParams,
        response: RESULTING_STATE,
      },
    },
    ({ params: { id } }) => withDeadline(tools, () => find(id).resume()),
  );
  app.post(
    '/v1/schedules/:id/trigger',
    {
      ...needs('start', 'schedules'),
      schema: {
        operationId: 'triggerSchedule',
        summary: 'Start a run now, which pays for all rows; the overlap policy applies',
        params: idParams,
        response: answers('The run.', triggeredSchema),
      },
    },
    async ({ params: { id } }) => ({ id, run: await withDeadline(tools, () => find(id).trigger()) }),
  );
};

async function create(tools: ApiTools, request: FastifyRequest, body: z.output<typeof scheduleBody>) {
  const warnings: string[] = [];
  const token = tokenOf(request);
  const { problems } = findStartId(token, {}, body.id);
  if (problems.length > 0) throw new InvalidRequestError(problems);
  const { id, schedule, timezone, overlapPolicy, catchupWindowMs, ...given } = body;
  const { skipInvalid = false, dropDuplicates = false } = given;
  const context = { ...batchContext(tools, token), starter: tools.client.starter };
  const { id: _id, sample: _sample, startAt: _start, movedServer: _moved, ...terms } = toTerms(given, { id, warnings });
  const times = withoutMissing({ timezone, overlapPolicy, catchupWindowMs });
  return withRowSource(context, { ...toRowOptions(given), skipInvalid, dropDuplicates }, async (source) => {
    const { plan, batch } = await createFromSource(context, source, { ...terms, id, schedule, ...times });
    if (batch === null) throw new InvalidRowsError(toBatchPlan(plan));
    return { ...batch, items: plan.valid, skipped: plan.invalid + plan.dropped, warnings };
  });
}
