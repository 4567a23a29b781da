// News that concern every page: the gateway is gone, the console is old, nothing can be changed with it.
import { Eye, RefreshCw, Unplug } from 'lucide-react';
import type { ReactNode } from 'react';
import { useConfig } from '../api/config';
import { useConnection } from '../api/events';
import { Button } from '../kit/Button';
import { useUpdate } from './update';
import style from './Notices.module.css';

export function Notices() {
  const { isLost } = useConnection();
  const { isNeeded } = useUpdate();
  const isReadOnly = useConfig().data?.['console_read_only'] === true;
  return (
    <div aria-live="polite">
      {isLost && (
        <Notice icon={<Unplug />}>
          <strong>The gateway does not answer.</strong> Trying again until it does; what you typed is kept, and what you see may be old.
        </Notice>
      )}
      {isReadOnly && (
        <Notice icon={<Eye />}>
          <strong>This console may only look.</strong> The gateway refuses what would change the metadata from here; change it where it is kept, with the command line.
        </Notice>
      )}
      {isNeeded && (
        <Notice icon={<RefreshCw />} action={<Button size="small" onClick={() => location.reload()}>Reload to update</Button>}>
          The gateway has a newer console than this page.
        </Notice>
      )}
    </div>
  );
}

function Notice({ icon, action, children }: { icon: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <div className={style.notice}>
      {icon}
      <p>{children}</p>
      {action}
    </div>
  );
}
