/** What was asked for: the fields of each step, and the pictures that they name. */
import { useState } from 'preact/hooks';
import type { RequestInput, ResultRequest } from '../api/types';
import { formatValue } from '../format/media';

export function RequestView({ steps }: Pick<ResultRequest, 'steps'>) {
  return (
    <section aria-label="Request">
      {steps.map(({ id, operation, request }) => (
        <div key={id ?? ''}>
          <h3>
            {id === undefined ? 'Request' : `Step ${id}`} <span class="faint">{operation}</span>
          </h3>
          <ValueList values={request} />
        </div>
      ))}
    </section>
  );
}

export function ValueList({ values }: { readonly values: Readonly<Record<string, unknown>> }) {
  const entries = Object.entries(values);
  if (entries.length === 0) return null;
  return (
    <dl class="values">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{formatValue(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

interface InputsProps {
  readonly steps: ResultRequest['steps'];
  /** Of the item, for readers that do not see it. */
  readonly name: string;
}

/** The pictures that the item was made of. */
export function Inputs({ steps, name }: InputsProps) {
  const pictures = steps.flatMap(({ inputs }) => inputs.filter(({ media }) => media === 'image'));
  return (
    <>
      {pictures.map((input, index) => (
        <InputView key={`${input.field} ${index}`} input={input} name={name} />
      ))}
    </>
  );
}

/** Whether there is a picture to be shown beside the result, or to be said why there is none. */
export function hasPictures(steps: ResultRequest['steps']): boolean {
  return steps.some(({ inputs }) => inputs.some(({ media }) => media === 'image'));
}

const ABSENT = {
  address: 'an address. It is not in the store, so it is not shown.',
  stored: 'a file that the store no longer has.',
  step: 'the file of an earlier step, which is not there.',
} as const;

function InputView({
  input: { field, kind, file, name: source },
  name,
}: {
  readonly input: RequestInput;
  readonly name: string;
}) {
  const [isBroken, setBroken] = useState(false);
  const isShown = file !== null && !isBroken;
  return (
    <figure class="file input">
      {isShown && <img src={file} alt={`Input ${field} of ${name}`} onError={() => setBroken(true)} />}
      <figcaption>
        {file === null ? (
          <>
            <b>{field}</b> is {ABSENT[kind]}
          </>
        ) : (
          <a href={file} download>
            {field}
          </a>
        )}
        <span class="faint"> Input{source === null ? '' : ` · ${source}`}</span>
        {isBroken && <span class="faint"> · it is no picture that this browser shows</span>}
      </figcaption>
    </figure>
  );
}
