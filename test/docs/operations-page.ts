/** Writes the page that lists the provider's operations and their fields, from the table. */
import {
  describeField,
  type FieldRule,
  listRequiredFields,
  OPERATIONS,
  type OperationName,
  type OperationRow,
} from '../../workflows/domain/operations/operations';

const INTRODUCTION = `# Operations of the API

Generated from \`workflows/domain/operations\` by \`npm run docs:operations\`; a test compares them.

An operation is named by its path without the version. *Main* is the field that differs from item to item. *Time* is the usual
time of a job, then the time after which it is overdue.

Defaults are the provider's, as it documents them. Only fields that you set are sent.
`;

export function writeOperationsPage(): string {
  const rows = Object.entries(OPERATIONS) as readonly (readonly [OperationName, OperationRow])[];
  return [INTRODUCTION, overview(rows), ...rows.map(([name, row]) => section(name, row))].join('\n');
}

function overview(rows: readonly (readonly [OperationName, OperationRow])[]): string {
  const lines = rows.map(([name, row]) => {
    const anchor = name.replaceAll('/', '');
    const time = `${row.typicalMs / 1_000} s, ${row.jobTimeBudgetMs / 60_000} min`;
    return `| [\`${name}\`](#${anchor}) | ${row.about} | ${row.output} | \`${row.main}\` | ${time} |`;
  });
  return table(['Operation', 'Makes', 'Output', 'Main', 'Time'], lines);
}

function section(name: OperationName, row: OperationRow): string {
  const required = listRequiredFields(name);
  const results = row.results.map(({ field, role }) => `\`${role}\` from \`${field}\``).join(', ');
  const oneOf = row.requiresOneOf?.map((field) => `\`${field}\``).join(' or ');
  const facts = [`Path \`${row.path}\`. Files: ${results}; default format ${row.defaultFormat}.`];
  if (oneOf !== undefined) facts.push(`A request needs ${oneOf}.`);
  const lines = Object.entries(row.fields).map(
    ([field, rule]) =>
      `| \`${field}\` | ${describeType(rule)} | ${required.includes(field) ? 'yes' : ''} | ${describeField(rule)} |`,
  );
  return `## ${name}\n\n${facts.join(' ')}\n\n${table(['Field', 'Type', 'Required', 'Meaning'], lines)}`;
}

function table(heads: readonly string[], lines: readonly string[]): string {
  return `| ${heads.join(' | ')} |\n|${' --- |'.repeat(heads.length)}\n${lines.join('\n')}\n`;
}

function describeType(rule: FieldRule): string {
  switch (rule.type) {
    case 'integer':
    case 'number': {
      const step = rule.multipleOf === undefined ? '' : `, a multiple of ${rule.multipleOf}`;
      return `${rule.type}, ${rule.minimum} to ${rule.maximum === Number.MAX_SAFE_INTEGER ? '2^53 - 1' : rule.maximum}${step}`;
    }
    case 'text':
      return `text, up to ${rule.maximumLength} characters`;
    case 'texts':
      return `list of texts, each up to ${rule.maximumLength} characters`;
    case 'url':
      return `address of ${rule.media === 'image' ? 'a picture' : 'a sound'}`;
    case 'urls':
      return 'address of a picture, or a list of addresses';
    case 'choice':
      return rule.choices.map((choice) => `\`${choice}\``).join(', ');
    case 'flag':
      return 'true or false';
    case 'colour':
      return 'colour, like `#0a7cff`';
    case 'colours':
      return 'list of colours, like `#0a7cff`';
    case 'object':
      return 'object';
  }
}
