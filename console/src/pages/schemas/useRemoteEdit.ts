// A remote schema that is being changed: what was read, what it became, and saving it.
import { useState } from 'react';
import { useCommand } from '../../api/ask';
import { argumentsOf, isSame, type Draft } from './draft';
import type { SavedRemote } from './savedRemote';

export function useRemoteEdit({ resourceVersion }: SavedRemote, saved: Draft) {
  // What is edited, and the version it was read at: a change by somebody else in between is a conflict and not a surprise.
  const [base, setBase] = useState({ draft: saved, version: resourceVersion });
  const [draft, setDraft] = useState(saved);
  const update = useCommand();
  const isDirty = !isSame(draft, base.draft);

  const rebase = () => {
    setBase({ draft: saved, version: resourceVersion });
    setDraft(saved);
  };
  // Where nothing was typed there is nothing to keep, so what others change is shown at once.
  if (!isDirty && base.version !== resourceVersion && !update.isPending) rebase();

  const save = (resource_version: number) =>
    update.mutate({ type: 'update_remote_schema', args: argumentsOf(draft), resource_version }, { onSuccess: () => setBase({ ...base, draft }) });
  return {
    draft,
    setDraft,
    isDirty,
    isSaving: update.isPending,
    isSaved: update.isSuccess && !isDirty,
    error: update.error,
    save: () => save(base.version),
    /** Saves over what somebody else has changed. */
    saveAnyway: () => save(resourceVersion),
    /** Throws away what was typed. */
    discard: () => {
      rebase();
      update.reset();
    },
  };
}
