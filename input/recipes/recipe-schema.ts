/** The form of a recipe. The JSON schema for editors is made from it. */
import { z } from 'zod';
import { MAX_STEPS } from '../../workflows/domain/item/step-checks';
import { OPERATION_NAMES } from '../../workflows/domain/operations/operations';

/** The message of a value that is missing or of another kind. */
function must(rule: string): { readonly error: z.core.$ZodErrorMap } {
  return { error: ({ input }) => (input === undefined ? `is missing; must be ${rule}` : `must be ${rule}`) };
}

const VALUES_RULE = must('a list of texts or numbers, { from: 1, to: 40 } or { file: styles.txt }');

const SCALAR = z.union([z.string(), z.number(), z.boolean()], must('a text, a number, true or false'));

const COMBINATIONS = z.array(
  z.record(z.string(), SCALAR, must('variables with their values, like { colour: navy, seed: 3 }')),
  must('a list of combinations, like [{ colour: navy, seed: 3 }]'),
);

const RANGE = z.strictObject({ from: z.int(VALUES_RULE), to: z.int(VALUES_RULE) });
const LIST_FILE = z.strictObject({ file: z.string().min(1, VALUES_RULE) });

const VALUES = z.union(
  [
    z.array(SCALAR).min(1, VALUES_RULE),
    RANGE.describe('Whole numbers, both included.'),
    LIST_FILE.describe('A file beside the recipe with one value per line.'),
  ],
  VALUES_RULE,
);

const MATRIX = z
  .object(
    {
      include: COMBINATIONS.optional().describe('Combinations to add, or values to add to combinations.'),
      exclude: COMBINATIONS.optional().describe('Combinations to leave out.'),
    },
    must('variables with their values, like colour: [red, navy]'),
  )
  .catchall(VALUES);

const STEP = z.strictObject(
  {
    id: z
      .string(must('a text'))
      .min(1, 'is empty; must be a name')
      .optional()
      .describe('Its name: letters, digits, - and _. Required if there are several steps.'),
    operation: z.string(must('the name of an operation')).meta({ enum: [...OPERATION_NAMES] }),
    fields: z
      .record(z.string(), z.unknown(), must('the fields of the request, like { prompt: "a {{colour}} shoe" }'))
      .describe('The fields of the request. {{x}} is replaced by the value of the variable x.'),
  },
  must('an object with operation and fields'),
);

export const RECIPE_SCHEMA = z
  .strictObject(
    {
      matrix: MATRIX.optional().describe('Variables and their values. Every combination is an item, for every row.'),
      steps: z
        .array(STEP, must('a list of steps'))
        .min(1, 'is empty; must have a step')
        .max(MAX_STEPS, `must have at most ${MAX_STEPS} steps`)
        .describe(
          'They run in this order. {{steps.ID}} is the file of an earlier step, {{steps.ID.ROLE}} one by its role.',
        ),
      keep: z
        .array(z.string(must('the id of a step')), must('a list of ids of steps'))
        .optional()
        .describe('Steps whose files are results, beside the last one.'),
      name: z
        .string(must('a text'))
        .min(1, 'is empty; must be a text with variables')
        .optional()
        .describe('The key of each item, and so the name of its file, like {{key}}-{{colour}}.'),
    },
    must('an object with steps'),
  )
  .meta({ title: 'Recipe of imagepipeline' });

/** A recipe with a valid form. */
export type RecipeForm = z.infer<typeof RECIPE_SCHEMA>;

/** The schema that editors use. */
export function toJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(RECIPE_SCHEMA, { io: 'input' });
}
