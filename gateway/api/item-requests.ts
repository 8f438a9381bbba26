/** Schemas of the API's requests about single items. The library checks the fields of the provider's request. */
import { z } from 'zod';
import { REMOTE_INPUTS } from '../../input/requests/input-reference';
import { findAgainProblems } from '../../input/requests/item-options';
import { type FieldProblem, requestProblems } from '../../input/requests/request-schema';
import { isObject } from '../../workflows/domain/base/is-object';
import {
  DEFAULT_OPERATION,
  getOperationRow,
  isOperationName,
  OPERATION_NAMES,
  type OperationName,
} from '../../workflows/domain/operations/operations';
import { addressSchema } from './notify-fields';
import { idSchema, milliseconds, operationSchema, recipeFields } from './requests';

// Accepted as it is: the library reports every problem by field.
const request = z
  .looseObject({})
  .describe('the fields of the operation, as in its schema: for generate/image GenerateImageRequest, and so on');

const id = idSchema
  .optional()
  .describe('your name for the item: the same id finds the same item; default a hash of the request');

const terms = {
  deadlineMs: milliseconds.optional().describe('time limit of the item in ms; default one day'),
  jobTimeBudgetMs: milliseconds
    .optional()
    .describe('time in ms after which a job counts as overdue; default by operation, 15 minutes for pictures'),
  again: z
    .boolean()
    .optional()
    .describe('rerun an id that did not succeed; a job that may be charged is fetched first, which is free'),
  allowUnknown: z
    .boolean()
    .optional()
    .describe(
      'requires again: also submit an item that may have been charged and cannot be fetched; it may be paid twice',
    ),
  waitWhileHeld: z.boolean().optional().describe('while the account is held: wait instead of failing'),
  notify: addressSchema.optional().describe('https address that receives a signed POST when the item ends'),
};

export const itemBody = z.strictObject({ id, operation: operationSchema, request, ...terms });

/** The body of an item of a recipe. */
export const recipeItemBody = z
  .strictObject({
    id: idSchema.optional().describe('your name for the item, and the value of {{key}}; default a hash of the steps'),
    recipe: recipeFields.recipe,
    values: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('values of variables of the recipe; they are returned with the end of the item'),
    ...terms,
  })
  .describe('the steps of a recipe, of which one item is made');

/** For the document: a body is checked by the schema of its kind. */
export const anyItemBody = z.union([itemBody, recipeItemBody.required({ recipe: true })]);

const PICTURES = OPERATION_NAMES.filter((name) => getOperationRow(name).output === 'image');

/** The body of the alias for pictures. */
export const imageBody = z.strictObject({
  id,
  operation: z
    .enum(PICTURES as [OperationName, ...OperationName[]])
    .optional()
    .describe(`default ${DEFAULT_OPERATION}`),
  request,
  ...terms,
});

export const cancelItemBody = z.strictObject({
  now: z
    .boolean()
    .optional()
    .describe('do not wait for a job in flight: the item ends as unknown, with the job id; requires a worker'),
});

/** Problems that the library finds in the body of an item. Parts with a wrong type are left to the schema. */
export function findItemProblems(body: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  const { operation, request: given, again, allowUnknown } = body;
  const isJudged = typeof operation === 'string' && isOperationName(operation) && isObject(given);
  return [
    ...findAgainProblems({ again, allowUnknown }),
    ...(isJudged ? requestProblems(operation, given, REMOTE_INPUTS) : []),
  ];
}

/** Like `findItemProblems`, for the alias, whose operation has a default. */
export function findImageProblems(body: Readonly<Record<string, unknown>>): readonly FieldProblem[] {
  return findItemProblems({ operation: DEFAULT_OPERATION, ...body });
}
