// The line of the jump box to type into, and what it finds.
import { Autocomplete } from '@base-ui/react/autocomplete';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useDeferredValue, useMemo } from 'react';
import { useAsk } from '../api/ask';
import { RemoteChip } from '../kit/RemoteChip';
import { destinations, type Destination } from './destinations';
import style from './JumpBox.module.css';

interface JumpListProps {
  text: string;
  onText: (text: string) => void;
  onDone: () => void;
}

export function JumpList({ text, onText, onDone }: JumpListProps) {
  const navigate = useNavigate();
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
      onValueChange={onText}
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
