// Ctrl K: goes to anything that has a name.
import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import { useAsk } from '../api/ask';
import { RemoteChip } from '../kit/RemoteChip';
import { destinations, type Destination } from './destinations';
import style from './JumpBox.module.css';

export function JumpBox() {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      setIsOpen(true);
    };
    addEventListener('keydown', open);
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
          <JumpList onDone={() => setIsOpen(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function JumpList({ onDone }: { onDone: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const asked = useDeferredValue(text.trim());
  const { data: overview } = useAsk('get_overview', {});
  const { data: found } = useAsk('search_remote_schemas', { text: asked, limit: 40 }, { enabled: asked !== '', keepPrevious: true });
  const groups = useMemo(() => destinations(asked, overview, asked === '' ? undefined : found), [asked, overview, found]);
  const go = ({ link }: Destination) => {
    onDone();
    void navigate(link);
  };
  return (
    <Autocomplete.Root
      open
      inline
      items={groups}
      // The list is what the server has found: nothing is left out of it here.
      filter={null}
      autoHighlight="always"
      value={text}
      onValueChange={setText}
      itemToStringValue={(destination: Destination) => destination.label}
    >
      <div className={style.input}>
        <Search aria-hidden="true" />
        <Autocomplete.Input aria-label="Jump to" placeholder="A schema, type, field, argument or action" autoFocus />
        <kbd>Esc</kbd>
      </div>
      <Autocomplete.Empty className={style.empty}>{asked === '' ? null : `Nothing is called “${asked}”.`}</Autocomplete.Empty>
      <Autocomplete.List className={style.list}>
        {(group: (typeof groups)[number]) => (
          <Autocomplete.Group key={group.label} items={group.items} className={style.group}>
            <Autocomplete.GroupLabel className={style.label}>{group.label}</Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(destination: Destination) => (
                <Autocomplete.Item key={destination.id} value={destination} className={style.item} onClick={() => go(destination)}>
                  <span className={destination.isCode ? style.code : undefined}>{destination.label}</span>
                  {destination.detail && <span className={style.detail}>{destination.detail}</span>}
                  {destination.remote && <RemoteChip name={destination.remote} />}
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}
