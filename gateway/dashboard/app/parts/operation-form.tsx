/** The fields of an operation as a form. The API checks what is filled in. */
import type { FieldRule, OperationName } from '../../../../workflows/domain/operations/operations';
import { INPUT_TYPES } from '../../../../workflows/domain/operations/stored-input';
import {
  describeFormField,
  type FieldInput,
  type FormField,
  type FormValues,
  listFormFields,
} from '../format/operation-form';

const NOTHING: FieldInput<File> = { text: '', files: [] };
const NO_PROBLEMS: ReadonlyMap<string, string> = new Map();
/** Longer texts get several lines. */
const MAX_LINE_LENGTH = 500;

interface OperationFormProps {
  readonly operation: OperationName;
  readonly values: FormValues<File>;
  readonly onValues: (values: FormValues<File>) => void;
  /** By field. Default: none. */
  readonly problems?: ReadonlyMap<string, string>;
  /** Fields that are given in another way. Default: none. */
  readonly omitted?: readonly string[];
  /** Whether pictures may be chosen. Default true. */
  readonly takesFiles?: boolean;
}

export function OperationForm({
  operation,
  values,
  onValues,
  problems = NO_PROBLEMS,
  omitted = [],
  takesFiles = true,
}: OperationFormProps) {
  const fields = listFormFields(operation, omitted);
  const others = fields.filter(({ isMain }) => !isMain);
  const show = (field: FormField) => (
    <Field
      key={`${operation} ${field.name}`}
      field={field}
      input={values.get(field.name) ?? NOTHING}
      problem={problems.get(field.name) ?? ''}
      takesFiles={takesFiles}
      onInput={(input) => onValues(new Map([...values, [field.name, input]]))}
    />
  );
  const isOpen = others.some(({ name }) => problems.has(name) || (values.get(name)?.text ?? '') !== '');
  return (
    <>
      <div class="fields">{fields.filter(({ isMain }) => isMain).map(show)}</div>
      {others.length > 0 && (
        <details class="more-fields" open={isOpen}>
          <summary>More fields</summary>
          <div class="start-fields">{others.map(show)}</div>
        </details>
      )}
    </>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly input: FieldInput<File>;
  readonly problem: string;
  readonly takesFiles: boolean;
  readonly onInput: (input: FieldInput<File>) => void;
}

function Field({ field: { name, rule, isRequired }, input, problem, takesFiles, onInput }: FieldProps) {
  const id = `field-${name}`;
  const shared: ControlProps = {
    id,
    name,
    'aria-required': isRequired,
    'aria-invalid': problem !== '',
    'aria-describedby': `${id}-help`,
    value: input.text,
    onInput: (event) => onInput({ ...input, text: event.currentTarget.value }),
  };
  return (
    <div class="field">
      <label for={id}>
        {name}
        {isRequired && <span class="faint"> required</span>}
      </label>
      {takesFiles && (rule.type === 'url' || rule.type === 'urls') && rule.media === 'image' && (
        <FileChoice id={id} name={name} isList={rule.type === 'urls'} input={input} onInput={onInput} />
      )}
      <Control rule={rule} shared={shared} />
      <small class="hint" id={`${id}-help`}>
        {problem !== '' && (
          <span class="action-problem" role="alert">
            {problem}.{' '}
          </span>
        )}
        {describeFormField(rule)}
      </small>
    </div>
  );
}

interface ControlProps {
  readonly id: string;
  readonly name: string;
  readonly 'aria-required': boolean;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
  readonly value: string;
  readonly onInput: (event: { readonly currentTarget: { readonly value: string } }) => void;
}

function Control({ rule, shared }: { readonly rule: FieldRule; readonly shared: ControlProps }) {
  switch (rule.type) {
    case 'integer':
      return <input {...shared} type="number" min={rule.minimum} max={rule.maximum} step={rule.multipleOf ?? 1} />;
    case 'number':
      // While "0." is typed, an input for numbers has no value, and would be emptied.
      return <input {...shared} type="text" inputMode="decimal" autocomplete="off" />;
    case 'text':
      if (rule.maximumLength <= MAX_LINE_LENGTH) return <input {...shared} type="text" />;
      return <textarea {...shared} rows={3} />;
    case 'choice':
      return <Choice shared={shared} choices={rule.choices.map((one) => [one, one])} />;
    case 'flag':
      return <Choice shared={shared} choices={FLAGS} />;
    case 'url':
      return <input {...shared} type="text" placeholder="an address" />;
    case 'colour':
      return <input {...shared} type="text" placeholder="#0a7cff" />;
    case 'colours':
      return <input {...shared} type="text" placeholder="#0a7cff, #ffffff" />;
    case 'texts':
    case 'urls':
      return <textarea {...shared} rows={2} placeholder="One per line" />;
    case 'object':
      return <textarea {...shared} rows={2} placeholder="{ }" />;
  }
}

const FLAGS = [
  ['true', 'yes'],
  ['false', 'no'],
] as const;

interface ChoiceProps {
  readonly shared: ControlProps;
  /** Value and label. */
  readonly choices: readonly (readonly [string, string])[];
}

function Choice({ shared, choices }: ChoiceProps) {
  return (
    <select {...shared}>
      <option value="">not set</option>
      {choices.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </select>
  );
}

interface FileChoiceProps extends Pick<FieldProps, 'input' | 'onInput'> {
  readonly id: string;
  readonly name: string;
  readonly isList: boolean;
}

function FileChoice({ id, name, isList, input, onInput }: FileChoiceProps) {
  return (
    <input
      id={`${id}-files`}
      type="file"
      aria-label={`Pictures of ${name}`}
      accept={Object.values(INPUT_TYPES).join(',')}
      multiple={isList}
      onChange={({ currentTarget }) => onInput({ ...input, files: [...(currentTarget.files ?? [])] })}
    />
  );
}
