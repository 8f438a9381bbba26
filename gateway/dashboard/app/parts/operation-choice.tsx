/** Chooses an operation. */
import { OPERATION_NAMES, type OperationName } from '../../../../workflows/domain/operations/operations';

interface OperationChoiceProps {
  readonly operation: OperationName;
  readonly onOperation: (operation: string) => void;
  readonly hint: string;
  /** Default: all. */
  readonly choices?: readonly OperationName[];
}

export function OperationChoice({ operation, onOperation, hint, choices = OPERATION_NAMES }: OperationChoiceProps) {
  return (
    <div class="field">
      <label for="operation">Operation</label>
      <select id="operation" value={operation} onChange={({ currentTarget }) => onOperation(currentTarget.value)}>
        {choices.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <small class="hint">{hint}</small>
    </div>
  );
}
