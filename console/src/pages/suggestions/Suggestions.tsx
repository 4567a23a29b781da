// Relationships that might be wanted, with the reasons. Nothing is ever added before somebody has looked at it.
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { ArrowRight, Lightbulb } from 'lucide-react';
import { useState } from 'react';
import type { Hits, Suggestion } from '../../api/api';
import { useAsk } from '../../api/ask';
import { Badge } from '../../kit/Badge';
import { Button, ButtonLink } from '../../kit/Button';
import { Checkbox } from '../../kit/Checkbox';
import { EmptyState } from '../../kit/EmptyState';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { RemoteChip } from '../../kit/RemoteChip';
import { Select } from '../../kit/Select';
import { Skeleton, Spinner } from '../../kit/Spinner';
import { Switch } from '../../kit/Switch';
import { MappingList } from '../relationships/MappingList';
import { Sentence } from '../relationships/Sentence';
import { useDismissed } from './dismissed';
import style from './Suggestions.module.css';

const route = getRouteApi('/suggestions');
/** No remote schema can be called so. */
const EVERY = '*';

export function Suggestions() {
  const { schema = null } = route.useSearch();
  const navigate = useNavigate();
  const [probe, setProbe] = useState(false);
  const [showsDismissed, setShowsDismissed] = useState(false);
  const overview = useAsk('get_overview', {});
  const { data, error, isFetching } = useAsk('suggest_relationships', { remote_schema: schema, probe }, { keepPrevious: true });
  const { isDismissed, dismiss, restore, error: failure } = useDismissed();
  const suggestions = data?.suggestions ?? [];
  const nDismissed = suggestions.filter(({ id }) => isDismissed(id)).length;
  const shown = suggestions.filter(({ id }) => showsDismissed || !isDismissed(id));
  const remotes = (overview.data?.remote_schemas ?? []).map(({ name }) => ({ value: name, label: name }));
  return (
    <>
      <PageHeader
        title="Suggested relationships"
        description="Fields that look like keys of another remote schema. Nothing is added before you have looked at it."
      />
      <div className={style.bar}>
        <Select
          label="On types of"
          value={schema ?? EVERY}
          onChange={(value) => void navigate({ to: '/suggestions', search: { schema: value === EVERY ? undefined : value }, replace: true })}
          options={[{ value: EVERY, label: 'every remote schema' }, ...remotes]}
          className={style.select}
        />
        <Switch label="Try keys on live data" hint="Asks the remote schemas for a few objects of each suggestion." isOn={probe} onChange={setProbe} />
        {nDismissed > 0 && <Checkbox label={`Show dismissed (${nDismissed})`} isChecked={showsDismissed} onChange={setShowsDismissed} />}
        <div aria-live="polite">{isFetching && data && <Spinner label={probe ? 'Trying keys…' : 'Looking…'} />}</div>
      </div>
      {failure && <ErrorPanel title="The suggestion could not be dismissed or restored" error={failure} />}
      {error && <ErrorPanel title="There are no suggestions" error={error} />}
      {!data && !error && <Skeleton lines={6} />}
      {data && shown.length === 0 && (
        <EmptyState icon={<Lightbulb />} title="Nothing to suggest" actions={<ButtonLink to="/schemas">Go to the remote schemas</ButtonLink>}>
          {nDismissed > 0
            ? 'All suggestions are dismissed.'
            : 'No field looks like a key that is not joined already. Relationships can be added by hand in the tab Relationships of a remote schema.'}
        </EmptyState>
      )}
      <ul className={style.list}>
        {shown.map((suggestion) => (
          <li key={suggestion.id}>
            <Card
              suggestion={suggestion}
              isDismissed={isDismissed(suggestion.id)}
              onDismiss={() => dismiss(suggestion.id)}
              onRestore={() => restore(suggestion.id)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}

interface CardProps {
  suggestion: Suggestion;
  isDismissed: boolean;
  onDismiss: () => void;
  onRestore: () => void;
}

function Card({ suggestion, isDismissed, onDismiss, onRestore }: CardProps) {
  const { id, score, remote_schema, type_name, name, target, mapping, batch, reasons, hits } = suggestion;
  const title = `${type_name}.${name}`;
  return (
    <article className={style.card} aria-label={title} data-dismissed={isDismissed || undefined}>
      <div className={style.score}>
        <strong>{Math.round(score * 100)} %</strong>
        <meter min={0} max={1} value={score} aria-label={`Confidence in ${title}`} />
      </div>
      <div className={style.what}>
        <p className={style.route}>
          <RemoteChip name={remote_schema} />
          <code>{title}</code>
          <ArrowRight role="img" aria-label="from" />
          <RemoteChip name={target.remote_schema} />
          <code>{target.path.join('.')}</code>
          {target.result_type && <code className={style.type}>{target.result_type}</code>}
        </p>
        <ul className={style.reasons}>
          {reasons.map((reason) => (
            <li key={reason}>
              <Sentence text={reason} />
            </li>
          ))}
        </ul>
        <div className={style.details}>
          <MappingList mapping={mapping} />
          <Badge>{batch === 'list' ? 'all keys in one list' : 'one field for each key'}</Badge>
          {hits && <Tried hits={hits} />}
        </div>
      </div>
      <div className={style.actions}>
        <ButtonLink
          kind="primary"
          size="small"
          to="/schemas/$name/relationships/new"
          params={{ name: remote_schema }}
          search={{ suggestion: id }}
          aria-label={`Review ${title}`}
        >
          Review
        </ButtonLink>
        {isDismissed ? (
          <Button size="small" onClick={onRestore} aria-label={`Restore ${title}`}>
            Restore
          </Button>
        ) : (
          <Button size="small" kind="quiet" onClick={onDismiss} aria-label={`Dismiss ${title}`}>
            Dismiss
          </Button>
        )}
      </div>
    </article>
  );
}

function Tried({ hits: { asked, found, failure } }: { hits: Hits }) {
  if (failure !== null) {
    return (
      <Badge tone="warn">
        not tried: <Sentence text={failure} />
      </Badge>
    );
  }
  const tone = found === 0 ? 'bad' : found < asked ? 'warn' : 'ok';
  return <Badge tone={tone}>{`${found} of ${asked} keys found`}</Badge>;
}
