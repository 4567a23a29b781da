// How everything is, and what to do next.
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useAsk } from '../../api/ask';
import type { Overview as OverviewAnswer } from '../../api/api';
import { Button, ButtonLink } from '../../kit/Button';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { Skeleton } from '../../kit/Spinner';
import { FirstSteps } from './FirstSteps';
import { Problems } from './Problems';
import { RecentTraces } from './RecentTraces';
import { Remotes } from './Remotes';
import { Suggested } from './Suggested';
import style from './Overview.module.css';

export function Overview() {
  const { data, error, refetch } = useAsk('get_overview', {});
  const isEmpty = data?.remote_schemas.length === 0;
  return (
    <>
      <PageHeader
        title="Overview"
        actions={
          data &&
          !isEmpty && (
            <ButtonLink kind="primary" icon={<Plus />} to="/schemas/new">
              Add a remote schema
            </ButtonLink>
          )
        }
      />
      {error && <ErrorPanel title="The gateway could not say how it is" error={error} actions={<Button onClick={() => void refetch()}>Try again</Button>} />}
      {!data && !error && <Skeleton lines={8} />}
      {isEmpty && <FirstSteps />}
      {data && !isEmpty && (
        <div className={style.page}>
          <Counts overview={data} />
          <Problems overview={data} />
          <div className={style.columns}>
            <Remotes remotes={data.remote_schemas} />
            <div className={style.page}>
              <Suggested />
              <RecentTraces />
            </div>
          </div>
        </div>
      )}
    </>
  );
}

function Counts({ overview: { remote_schemas, n_types, n_relationships, roles } }: { overview: OverviewAnswer }) {
  return (
    <ul className={style.counts} aria-label="Counts">
      <Count value={remote_schemas.length} one="remote schema" many="remote schemas" link={(text) => <Link to="/schemas">{text}</Link>} />
      <Count value={n_types} one="type" many="types" link={(text) => <Link to="/api">{text}</Link>} />
      <Count value={n_relationships} one="relationship" many="relationships" link={(text) => <Link to="/graph">{text}</Link>} />
      <Count value={roles.length} one="role" many="roles" link={(text) => <Link to="/permissions">{text}</Link>} />
    </ul>
  );
}

function Count({ value, one, many, link }: { value: number; one: string; many: string; link: (text: ReactNode) => ReactNode }) {
  return (
    <li>
      {link(
        <>
          <strong>{value.toLocaleString('en')}</strong> {value === 1 ? one : many}
        </>,
      )}
    </li>
  );
}
