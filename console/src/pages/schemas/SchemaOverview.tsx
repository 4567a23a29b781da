// How one remote schema does: whether it answers, what it has, what has changed, what is wrong.
import { Link, getRouteApi } from '@tanstack/react-router';
import { RefreshCw, Spline } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { useAsk, useCommand } from '../../api/ask';
import type { ProblemRow, RemoteSummary } from '../../api/api';
import { ago } from '../../kit/ago';
import { Button, ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ErrorPanel, FailurePanel } from '../../kit/ErrorPanel';
import { RemoteHealth } from '../../kit/HealthPill';
import { Skeleton, Spinner } from '../../kit/Spinner';
import { valueOf } from '../../kit/headers';
import { ChangeReportView } from './ChangeReportView';
import { HealthHistory } from './HealthHistory';
import { ReloadDialog } from './ReloadDialog';
import { useSavedRemote } from './savedRemote';
import { useHeldChange } from './schemaChange';
import style from './SchemaOverview.module.css';

const route = getRouteApi('/schemas/$name/overview');

export function SchemaOverview() {
  const { name } = route.useParams();
  const { added } = route.useSearch();
  const { data, error } = useAsk('get_overview', {});
  const [isReloading, setIsReloading] = useState(false);
  const remote = data?.remote_schemas.find((remote) => remote.name === name);
  if (error) return <ErrorPanel title="How it does is not known" error={error} />;
  if (!data) return <Skeleton lines={5} />;
  if (!remote) return null;
  const problems = data.problems.filter((problem) => problem.remote_schema === name && problem.kind !== 'remote_schema');
  return (
    <div className={style.page}>
      {added !== undefined && <Added name={name} />}
      {remote.failure && (
        <FailurePanel
          title={remote.health === 'stale' ? 'It cannot be asked; its last good schema is served' : 'It cannot be asked, and nothing of it is served'}
          code={remote.failure.code}
          message={remote.failure.message}
          help={remote.failure.help}
          actions={
            <>
              <Button onClick={() => setIsReloading(true)}>Try again</Button>
              <ButtonLink kind="quiet" to="/schemas/$name/settings" params={{ name }}>
                Edit
              </ButtonLink>
            </>
          }
        />
      )}
      {remote.has_held_change && <HeldChange name={name} />}
      <Problems problems={problems} />
      <div className={style.columns}>
        <Card
          title="Health"
          actions={
            <Button size="small" icon={<RefreshCw />} onClick={() => setIsReloading(true)}>
              Reload
            </Button>
          }
        >
          <Facts remote={remote} />
          <HealthHistory name={name} />
        </Card>
        <Card title="Contents">
          <Contents remote={remote} />
        </Card>
        <Card title="Headers">
          <HeaderNames name={name} />
        </Card>
      </div>
      {isReloading && <ReloadDialog names={[name]} onClose={() => setIsReloading(false)} />}
    </div>
  );
}

function Added({ name }: { name: string }) {
  return (
    <section className={style.added} role="status">
      <p>
        <strong>{name} was added.</strong> Next: join it with what is here already.
      </p>
      <div className={style.actions}>
        <ButtonLink kind="primary" icon={<Spline />} to="/schemas/$name/relationships/new" params={{ name }}>
          Add a new relationship
        </ButtonLink>
        <ButtonLink to="/suggestions">See what is suggested</ButtonLink>
        <ButtonLink kind="quiet" to="/api">
          Try a query
        </ButtonLink>
      </div>
    </section>
  );
}

function Facts({ remote: { name, health, url, introspected_at, introspection_ms } }: { remote: RemoteSummary }) {
  return (
    <dl className={style.facts}>
      <Fact label="State">
        <RemoteHealth health={health} />
      </Fact>
      <Fact label="Schema fetched">{introspected_at === null ? 'never' : <time dateTime={introspected_at} title={introspected_at}>{ago(introspected_at)}</time>}</Fact>
      <Fact label="It took">{introspection_ms === null ? 'not measured yet' : `${Math.round(introspection_ms)} ms`}</Fact>
      <Fact label="URL">
        <code>{url}</code>
      </Fact>
      <Fact label="In the graph">
        <Link to="/graph" search={{ focus: name }}>
          Show {name}
        </Link>
      </Fact>
    </dl>
  );
}

function Contents({ remote: { name, counts, n_relationships_out, n_relationships_in, roles, is_customized } }: { remote: RemoteSummary }) {
  return (
    <dl className={style.facts}>
      {counts ? (
        <>
          <Fact label="Types">
            <Link to="/schemas/$name/schema" params={{ name }}>
              {counts.types.toLocaleString('en')}
            </Link>
          </Fact>
          <Fact label="Root fields">
            {counts.queries} queries, {counts.mutations} mutations, {counts.subscriptions} subscriptions
          </Fact>
        </>
      ) : (
        <Fact label="Types">not known yet</Fact>
      )}
      <Fact label="Relationships">
        <Link to="/schemas/$name/relationships" params={{ name }}>
          {n_relationships_out} on its types
        </Link>
        , {n_relationships_in} lead to it
      </Fact>
      <Fact label="Roles">
        <Link to="/schemas/$name/permissions" params={{ name }}>
          {roles.length === 0 ? 'no permissions' : roles.join(', ')}
        </Link>
      </Fact>
      <Fact label="Names">
        <Link to="/schemas/$name/customize" params={{ name }}>
          {is_customized ? 'customized' : 'as upstream'}
        </Link>
      </Fact>
    </dl>
  );
}

/** By name only: a value may be a secret, and this page is shown to people. */
function HeaderNames({ name }: { name: string }) {
  const { data } = useSavedRemote(name);
  if (!data) return <Skeleton lines={2} />;
  const { headers = [], introspection_headers = [], forward_client_headers } = data.draft?.definition ?? {};
  const all = [...headers.map((header) => ({ header, note: '' })), ...introspection_headers.map((header) => ({ header, note: 'introspection only' }))];
  return (
    <>
      {all.length === 0 && <p>None are configured.</p>}
      <ul className={style.headers}>
        {all.map(({ header, note }) => (
          <li key={header.name + note}>
            <code>{header.name}</code> {'value_from_env' in header ? <>from variable <code>{valueOf(header)}</code></> : 'a value'} {note}
          </li>
        ))}
      </ul>
      <p>{forward_client_headers ? 'Headers of clients are passed on.' : 'Headers of clients are not passed on.'}</p>
    </>
  );
}

function HeldChange({ name }: { name: string }) {
  const { data: held, error, isPending } = useHeldChange(name, true);
  const apply = useCommand();
  return (
    <Card
      title="A change of its schema is held"
      actions={
        <Button kind="primary" size="small" isBusy={apply.isPending} disabled={!held} onClick={() => apply.mutate({ type: 'apply_remote_schema_changes', args: { names: [name] } })}>
          Apply
        </Button>
      }
    >
      <div className={style.page}>
        {isPending && <Spinner label="Looking what would change" />}
        {error && <ErrorPanel title="The change could not be read" error={error} />}
        {held && <ChangeReportView report={held} isDone={false} />}
        {apply.error && <ErrorPanel title="It was not applied" error={apply.error} />}
      </div>
    </Card>
  );
}

function Problems({ problems }: { problems: ProblemRow[] }) {
  if (problems.length === 0) return null;
  return (
    <Card title={`Problems (${problems.length})`}>
      <ul className={style.problems}>
        {problems.map(({ title, reason, code }) => (
          <li key={title + code}>
            <strong>{title}</strong>: {reason} <code>{code}</code>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}
