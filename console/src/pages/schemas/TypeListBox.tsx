// The list of types, fetched by pages as it is scrolled, and drawn only where it is seen.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { ask } from '../../api/client';
import { classes } from '../../kit/classes';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { KIND_WORDS } from './typeKind';
import style from './TypeListBox.module.css';

interface TypeListBoxProps {
  remote: string;
  search: string;
  selected: string;
  onSelect: (name: string) => void;
}

const PAGE = 200;
const ROW = 30;

export function TypeListBox({ remote, search, selected, onSelect }: TypeListBoxProps) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { data, error, fetchNextPage, hasNextPage, isFetching } = useInfiniteQuery({
    queryKey: ['ask', 'list_remote_schema_types', { remote, search }, 'pages'],
    queryFn: ({ pageParam, signal }) => ask('list_remote_schema_types', { remote_schema: remote, search, offset: pageParam, limit: PAGE }, signal),
    initialPageParam: 0,
    getNextPageParam: ({ total }, _pages, offset) => (offset + PAGE < total ? offset + PAGE : undefined),
    placeholderData: keepPreviousData,
  });
  const types = data?.pages.flatMap(({ types }) => types) ?? [];
  const total = data?.pages[0]?.total ?? 0;
  const [active, setActive] = useState(0);
  const virtualizer = useVirtualizer({ count: types.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  const rows = virtualizer.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;

  useEffect(() => {
    if (hasNextPage && !isFetching && last >= types.length - 20) void fetchNextPage();
  }, [last, types.length, hasNextPage, isFetching, fetchNextPage]);

  const move = (index: number) => {
    const next = Math.max(0, Math.min(types.length - 1, index));
    setActive(next);
    virtualizer.scrollToIndex(next);
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: active + 1, ArrowUp: active - 1, Home: 0, End: types.length - 1, PageDown: active + 12, PageUp: active - 12 };
    const target = steps[event.key];
    const type = types[active];
    if (target !== undefined) move(target);
    else if ((event.key === 'Enter' || event.key === ' ') && type) onSelect(type.name);
    else return;
    event.preventDefault();
  };

  if (error) return <ErrorPanel error={error} />;
  return (
    <>
      <p role="status" className={style.count}>
        {total === 0 && !isFetching ? 'No type and no field of it is called so.' : `${total.toLocaleString('en')} ${total === 1 ? 'type' : 'types'}`}
      </p>
      <div
        ref={scroller}
        className={style.scroller}
        role="listbox"
        tabIndex={0}
        aria-label={`Types of ${remote}`}
        aria-activedescendant={rows.some(({ index }) => index === active) ? `${id}-${active}` : undefined}
        onKeyDown={press}
      >
        <div role="presentation" className={style.all} style={{ height: virtualizer.getTotalSize() }}>
          {rows.map(({ index, start }) => {
            const type = types[index];
            if (!type) return null;
            return (
              <div
                key={type.name}
                id={`${id}-${index}`}
                role="option"
                aria-selected={type.name === selected}
                aria-setsize={total}
                aria-posinset={index + 1}
                className={classes(style.row, index === active && style.active)}
                style={{ height: ROW, transform: `translateY(${start}px)` }}
                onClick={() => {
                  setActive(index);
                  onSelect(type.name);
                }}
              >
                <code>{type.name}</code>
                <span className={style.kind}>
                  {type.n_relationships > 0 && `${type.n_relationships} joined · `}
                  {KIND_WORDS[type.kind]}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
