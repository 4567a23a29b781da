// What is about this browser, and what the gateway was started with, which only its operator changes.
import { useAsk } from '../../api/ask';
import { useConfig } from '../../api/config';
import { signOut, useSession } from '../../app/session/session';
import { type Theme, chooseTheme, useTheme } from '../../app/theme';
import { Button } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { DataTable } from '../../kit/DataTable';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { PageHeader } from '../../kit/PageHeader';
import { RadioGroup } from '../../kit/RadioGroup';
import { Skeleton } from '../../kit/Spinner';
import { switchesOf } from './config';
import style from './settings.module.css';

const THEMES: { value: Theme; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

export function Settings() {
  const { chosen } = useTheme();
  const { secret, isRemembered } = useSession();
  return (
    <>
      <PageHeader title="Settings" />
      <div className={style.stack}>
        <Card title="Appearance">
          <RadioGroup label="Theme" isRow value={chosen} options={THEMES} onChange={chooseTheme} />
        </Card>
        <Card title="Session">
          <div className={style.inner}>
          <p>{secretText(secret !== null, isRemembered)}</p>
          {secret !== null && (
            <div>
              <Button onClick={signOut}>Sign out</Button>
            </div>
          )}
          </div>
        </Card>
        <Gateway />
        <Card title="About">
          <div className={style.inner}>
          <p>
            Conjoin joins GraphQL APIs that you do not control. It is free software under the Apache License 2.0. This console comes out of the
            gateway’s own program and asks nobody else.
          </p>
          <p>
            <a href="./THIRD-PARTY-NOTICES.txt" target="_blank" rel="noreferrer">
              Licences of what it is built with
            </a>
          </p>
          </div>
        </Card>
      </div>
    </>
  );
}

function secretText(hasSecret: boolean, isRemembered: boolean): string {
  if (!hasSecret) return 'The gateway asks for no admin secret.';
  return isRemembered ? 'The admin secret is kept in this browser until you sign out.' : 'The admin secret is kept until this tab is closed.';
}

function Gateway() {
  const overview = useAsk('get_overview', {});
  const config = useConfig();
  const error = overview.error ?? config.error;
  return (
    <Card title="Gateway">
      <div className={style.inner}>
      {error && <ErrorPanel title="Could not read how the gateway was started" error={error} />}
      {!overview.data && !error && <Skeleton lines={4} />}
      {overview.data && (
        <p>
          Conjoin {overview.data.version}, with version {overview.data.resource_version} of the metadata.
        </p>
      )}
      {config.data && (
        <DataTable caption="Options of the gateway">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">Is</th>
              <th scope="col">Set by</th>
            </tr>
          </thead>
          <tbody>
            {switchesOf(config.data).map(({ label, value, option }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{value}</td>
                <td>
                  <code>{option}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      {config.data === null && <p>The gateway does not tell its options: its config API is off.</p>}
      </div>
    </Card>
  );
}
