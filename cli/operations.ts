import { adviseOperation } from '../input/requests/operation-advice';
import {
  describeField,
  OPERATIONS,
  type OperationName,
  type OperationRow,
} from '../workflows/domain/operations/operations';
import type { AddCommand } from './command';
import { UsageError } from './usage-error';

interface OperationsFlags {
  readonly json?: true;
}

type NamedRow = readonly [OperationName, OperationRow];

/** Adds `imagepipeline operations`. */
export const addOperationsCommand: AddCommand = (program, { stdout }) => {
  program
    .command('operations')
    .description('list the operations of the API, or the fields of one')
    .argument('[name]', 'an operation, for instance edit/image')
    .option('--json', 'print JSON')
    .action((name: string | undefined, { json }: OperationsFlags) => {
      const rows = selectRows(name);
      const text = json ? JSON.stringify(rows.map(toJson), null, 2) : formatRows(rows, name !== undefined);
      stdout.write(`${text}\n`);
    });
};

/** @throws UsageError if there is no such operation */
function selectRows(name: string | undefined): readonly NamedRow[] {
  const rows = Object.entries(OPERATIONS) as readonly NamedRow[];
  const found = name === undefined ? rows : rows.filter(([one]) => one === name);
  if (found.length === 0) throw new UsageError([`"${name}" is not an operation; ${adviseOperation(name ?? '')}`]);
  return found;
}

function toJson([name, row]: NamedRow): object {
  return { name, ...row };
}

function formatRows(rows: readonly NamedRow[], withFields: boolean): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .flatMap(([name, row]) => [`${name.padEnd(width)}  ${row.about}`, ...(withFields ? formatFields(row) : [])])
    .join('\n');
}

function formatFields({ fields }: OperationRow): readonly string[] {
  const width = Math.max(...Object.keys(fields).map((field) => field.length));
  return Object.entries(fields).map(([field, rule]) => {
    const choices = rule.type === 'choice' ? `${rule.choices.join(', ')}; ` : '';
    return `  ${field.padEnd(width)}  ${choices}${describeField(rule)}${rule.required ? '; required' : ''}`;
  });
}
