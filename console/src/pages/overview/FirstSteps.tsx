// The overview of a gateway that serves nothing yet: three ways to begin.
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';
import { Button, ButtonLink } from '../../kit/Button';
import { Card } from '../../kit/Card';
import { CodeBlock } from '../../kit/CodeBlock';
import { TextField } from '../../kit/TextField';
import style from './Overview.module.css';

const COMMANDS = 'conjoin schema add countries https://countries.example/graphql\nconjoin metadata apply';

export function FirstSteps() {
  const [url, setUrl] = useState('');
  const navigate = useNavigate();
  const connect = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: '/schemas/new', search: url.trim() === '' ? {} : { url: url.trim() } });
  };
  return (
    <div className={style.page}>
      <p className={style.lead}>Conjoin serves GraphQL APIs of others as one, and joins them. It has none yet: begin with one of these.</p>
      <div className={style.steps}>
        <Card title="Add a remote schema">
          <form className={style.step} onSubmit={connect} noValidate>
            <p>Any GraphQL API. You see what it has before it is added.</p>
            <TextField label="URL" isCode type="url" placeholder="https://countries.example/graphql" value={url} onChange={setUrl} />
            <div>
              <Button kind="primary" type="submit">
                Connect
              </Button>
            </div>
          </form>
        </Card>
        <Card title="Import Hasura metadata">
          <div className={style.step}>
            <p>Remote schemas, relationships and permissions of Hasura v2 work here as they are. You see what changes before anything does.</p>
            <div>
              <ButtonLink to="/metadata/$tab" params={{ tab: 'import' }}>
                Import metadata
              </ButtonLink>
            </div>
          </div>
        </Card>
        <Card title="From the command line">
          <div className={style.step}>
            <p>For metadata that is kept in files. This page follows what is applied from there.</p>
            <CodeBlock language="shell" label="commands" code={COMMANDS} wrap />
          </div>
        </Card>
      </div>
    </div>
  );
}
