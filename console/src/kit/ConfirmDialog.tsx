// Asks before something that cannot be taken back. The name has to be typed only where more goes than what was clicked.
import { useState, type ReactNode } from 'react';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { ErrorPanel } from './ErrorPanel';
import { TextField } from './TextField';

interface ConfirmDialogProps {
  isOpen: boolean;
  onClose: () => void;
  title: string;
  /** What will happen. */
  children: ReactNode;
  /** What the button says: "Remove weather". */
  action: string;
  onConfirm: () => void;
  isBusy?: boolean;
  error?: unknown;
  /** Has to be typed. */
  typeName?: string;
}

export function ConfirmDialog({ isOpen, onClose, title, children, action, onConfirm, isBusy = false, error, typeName }: ConfirmDialogProps) {
  const [typed, setTyped] = useState('');
  const isReady = typeName === undefined || typed === typeName;
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={title}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" isBusy={isBusy} disabled={!isReady} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      <div>{children}</div>
      {typeName !== undefined && <TextField label={`Type ${typeName} to go on`} isCode value={typed} onChange={setTyped} />}
      {error !== undefined && error !== null && <ErrorPanel title="It was not done" error={error} />}
    </Dialog>
  );
}
