// The relationships that are most likely wanted.
import { useAsk } from '../../api/ask';
import { ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { RemoteChip } from '../../kit/RemoteChip';
import { Skeleton } from '../../kit/Spinner';
import style from './Overview.module.css';

const FIRST = 4;

export function Suggested() {
  const { data, error } = useAsk('suggest_relationships', { limit: FIRST });
  const suggestions = data?.suggestions ?? [];
  return (
    <Card
      title="Suggested relationships"
      isFlush
      actions={
        <ButtonLink kind="quiet" size="small" to="/suggestions">
          All suggestions
        </ButtonLink>
      }
    >
      {error && <ErrorPanel title="Nothing can be suggested now" error={error} />}
      {!data && !error && <Skeleton lines={3} />}
      {data && suggestions.length === 0 && <p className={style.note}>Nothing new fits together by names and types.</p>}
      <ul className={style.list}>
        {suggestions.map(({ id, score, remote_schema, type_name, name, target }) => (
          <li key={id}>
            <div className={style.text}>
              <code>
                {type_name}.{name}
              </code>{' '}
              → <RemoteChip name={target.remote_schema} /> <code>{target.path.join('.')}</code>
            </div>
            <span className={style.number}>{Math.round(score * 100)} %</span>
            <ButtonLink size="small" to="/schemas/$name/relationships/new" params={{ name: remote_schema }} search={{ suggestion: id }} aria-label={`Review ${type_name}.${name}`}>
              Review
            </ButtonLink>
          </li>
        ))}
      </ul>
    </Card>
  );
}
