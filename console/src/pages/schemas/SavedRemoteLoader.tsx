// Waits for the definition of a remote schema, and hands it to the form that changes it.
import type { ReactNode } from 'react';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { Skeleton } from '../../kit/Spinner';
import type { Draft } from './draft';
import { useSavedRemote, type SavedRemote } from './savedRemote';

interface SavedRemoteLoaderProps {
  name: string;
  children: (saved: SavedRemote, draft: Draft) => ReactNode;
}

export function SavedRemoteLoader({ name, children }: SavedRemoteLoaderProps) {
  const { data, error } = useSavedRemote(name);
  if (error) return <ErrorPanel title="The definition could not be read" error={error} />;
  if (!data) return <Skeleton lines={6} />;
  return data.draft && children(data, data.draft);
}
