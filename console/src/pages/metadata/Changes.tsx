// What differs between two documents, by object: a mark, the object, and what of it.
import { Minus, Pencil, Plus } from 'lucide-react';
import type { ChangedObject, MetadataChange, MetadataChangeKind } from '../../api/api';
import { RemoteChip } from '../../kit/RemoteChip';
import style from './metadata.module.css';

const MARKS: Record<MetadataChangeKind, { icon: typeof Plus; className: string | undefined }> = {
  added: { icon: Plus, className: style.added },
  changed: { icon: Pencil, className: style.changed },
  removed: { icon: Minus, className: style.removed },
};

export function Changes({ changes }: { changes: MetadataChange[] }) {
  if (changes.length === 0) return <p className={style.quiet}>Nothing differs.</p>;
  return (
    <ul className={style.changes} aria-label="Changes">
      {changes.map((change) => {
        const { icon: Icon, className } = MARKS[change.kind];
        return (
          <li key={`${change.kind} ${titleOf(change.object)}`} className={style.change}>
            <span className={className}>
              <Icon aria-hidden="true" /> {change.kind}
            </span>
            <span className={style.object}>{titleOf(change.object)}</span>
            {'remote_schema' in change.object && <RemoteChip name={change.object.remote_schema} />}
            {change.summary && <code className={style.summary}>{change.summary}</code>}
          </li>
        );
      })}
    </ul>
  );
}

/** What an object is called: `relationship Order.user`. */
export function titleOf(object: ChangedObject): string {
  switch (object.type) {
    case 'remote_schema':
      return `remote schema ${object.name}`;
    case 'permission':
      return `permission of ${object.role}`;
    case 'relationship':
      return `relationship ${object.type_name}.${object.name}`;
    case 'inherited_role':
      return `inherited role ${object.name}`;
    case 'entry':
      return `${object.section} ${object.name}`;
    case 'section':
      return `section ${object.section}`;
  }
}

/** How many of each: `2 added, 1 removed`. */
export function countsOf(changes: MetadataChange[]): string {
  const kinds: MetadataChangeKind[] = ['added', 'changed', 'removed'];
  const counts = kinds.map((kind) => [kind, changes.filter((change) => change.kind === kind).length] as const);
  const told = counts.filter(([, n]) => n > 0).map(([kind, n]) => `${n} ${kind}`);
  return told.length > 0 ? told.join(', ') : 'nothing differs';
}
