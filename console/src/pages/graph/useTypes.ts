// The types of the remote schemas that are expanded, so that relationships can start at those that have none.
import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { TypeList } from '../../api/api';
import { question } from '../../api/ask';
import type { Expanded } from './graphModel';

/** As many as are looked at; the map shows a few of them. */
const LIMIT = 50;

export function useTypes(expanded: ReadonlySet<string>): Expanded {
  const names = useMemo(() => [...expanded], [expanded]);
  const lists = useQueries({
    queries: names.map((remote_schema) => question('list_remote_schema_types', { remote_schema, kinds: ['object', 'interface'], limit: LIMIT })),
    combine: dataOf,
  });
  return useMemo(() => new Map(names.map((name, index) => [name, lists[index]])), [names, lists]);
}

// Not made anew for each rendering: then what it returns stays the same, too.
const dataOf = (results: { data: TypeList | undefined }[]) => results.map(({ data }) => data);
