// What the server says of a relationship while it is made. Answers to older questions are never shown as if they were about the newest.
import { useEffect, useState } from 'react';
import type { RelationshipCheckArguments } from '../../api/api';
import { useAsk } from '../../api/ask';

const PAUSE = 120;

/** Asks once nothing was typed for a moment. */
export function useRelationshipCheck(args: RelationshipCheckArguments, enabled: boolean) {
  const asked = useSettled(args);
  const { data, error, isFetching } = useAsk('check_relationship', asked, { enabled, keepPrevious: true });
  const isCurrent = !isFetching && JSON.stringify(asked) === JSON.stringify(args);
  return { check: enabled ? data : undefined, error: enabled ? error : null, isCurrent };
}

/** The last value that stayed for a moment. */
export function useSettled<T>(value: T, pause = PAUSE): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
    // Equal values are the same question, whatever object they are in.
  }, [text, pause]);
  return settled;
}
