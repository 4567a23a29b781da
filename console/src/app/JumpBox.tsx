// Ctrl K: goes to anything that has a name.
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { lazy, useEffect, useState } from 'react';
import { LazyPart } from '../kit/LazyPart';
import style from './JumpBox.module.css';

const loadList = () => import('./JumpList');
const JumpList = lazy(async () => ({ default: (await loadList()).JumpList }));

export function JumpBox() {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      setIsOpen(true);
    };
    addEventListener('keydown', open);
    // The first page does not wait for the list. When this fails, opening tries again.
    loadList().catch(() => undefined);
    return () => removeEventListener('keydown', open);
  }, []);
  return (
    <Dialog.Root open={isOpen} onOpenChange={setIsOpen}>
      <Dialog.Trigger className={style.trigger}>
        <Search aria-hidden="true" />
        <span className={style.prompt}>Jump to type, field, …</span>
        <kbd>Ctrl K</kbd>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={style.backdrop} />
        <Dialog.Popup className={style.popup} aria-label="Jump to">
          <JumpSearch onDone={() => setIsOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The text is kept here, so that what is typed before the list is there is not lost. */
function JumpSearch({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState('');
  const line = (
    <div className={style.input}>
      <Search aria-hidden="true" />
      <input aria-label="Jump to" value={text} onChange={(event) => setText(event.target.value)} autoFocus />
      <kbd>Esc</kbd>
    </div>
  );
  return (
    <LazyPart fallback={line}>
      <JumpList text={text} onText={setText} onDone={onDone} />
    </LazyPart>
  );
}
