// Shown in place of a page that cannot be shown. The rest of the console goes on.
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { Button } from '../kit/Button';
import { ErrorPanel } from '../kit/ErrorPanel';
import { PageHeader } from '../kit/PageHeader';
import { useUpdate } from './update';

export function PageFailure({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { isNeeded } = useUpdate();
  if (isNeeded) {
    const reload = <Button onClick={() => location.reload()}>Reload to update</Button>;
    return <PageHeader title="The console was updated" actions={reload} description="This page belongs to a newer version than the one that is open." />;
  }
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <>
      <PageHeader title="This page failed" />
      <ErrorPanel title="The page could not be shown" error={error} actions={<Button onClick={again}>Try again</Button>} />
    </>
  );
}
