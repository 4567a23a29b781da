// Two documents side by side: the changes by object, what they break and mend, what is kept without effect, and the text.
import type { Comparison as Compared, ProblemRow } from '../../api/api';
import { DiffView } from '../../kit/DiffView';
import { FailurePanel } from '../../kit/ErrorPanel';
import { Tabs } from '../../kit/Tabs';
import { Changes, countsOf } from './Changes';
import style from './metadata.module.css';

export function Comparison({ compared, fromLabel, toLabel }: { compared: Compared; fromLabel: string; toLabel: string }) {
  const { faults, changes, new_problems, solved_problems, ignored, from_yaml, to_yaml } = compared;
  if (faults.length > 0) {
    return faults.map(({ pointer, code, message, help }) => (
      <FailurePanel key={pointer + message} title="The document cannot be read" code={code} message={message} place={pointer} help={help} />
    ));
  }
  return (
    <div className={style.stack}>
      <p role="status">
        From {fromLabel} to {toLabel}: {countsOf(changes)}
        {new_problems.length > 0 && `; ${new_problems.length} new ${new_problems.length === 1 ? 'problem' : 'problems'}`}.
      </p>
      <Problems title="Would be wrong" problems={new_problems} />
      <Problems title="Would no longer be wrong" problems={solved_problems} />
      {ignored.length > 0 && (
        <section>
          <h3>Kept, and not served</h3>
          <ul className={style.plain}>
            {ignored.map(({ section, n_entries, reason }) => (
              <li key={section}>
                <code>{section}</code> ({n_entries}): {reason}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Tabs
        label="How the changes are shown"
        tabs={[
          { id: 'objects', label: 'By object', content: <Changes changes={changes} /> },
          { id: 'text', label: 'As text', content: <DiffView before={from_yaml} after={to_yaml} language="yaml" label={`${fromLabel} and ${toLabel} as YAML`} /> },
        ]}
      />
    </div>
  );
}

function Problems({ title, problems }: { title: string; problems: ProblemRow[] }) {
  if (problems.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className={style.plain}>
        {problems.map((problem) => (
          <li key={problem.title + problem.reason}>
            <strong>{problem.title}</strong>: {problem.reason}
          </li>
        ))}
      </ul>
    </section>
  );
}
