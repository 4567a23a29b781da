// Asks for the admin secret: in place of the console when it is opened, and above the page when the gateway stops taking the one it has.
import { KeyRound } from 'lucide-react';
import { useState, type FormEvent } from 'react';
import { queryClient } from '../../api/ask';
import { checkSecret } from '../../api/client';
import { Button } from '../../kit/Button';
import { Checkbox } from '../../kit/Checkbox';
import { Dialog } from '../../kit/Dialog';
import { ErrorPanel } from '../../kit/ErrorPanel';
import { TextField } from '../../kit/TextField';
import { signIn, useSession } from './session';
import style from './SignIn.module.css';

export function SignIn() {
  const { refusal, wasAccepted, secret } = useSession();
  if (refusal === null) return null;
  if (wasAccepted) {
    return (
      <Dialog isOpen mustAnswer onClose={() => undefined} title="Sign in again" description="The gateway does not take the admin secret any more. The page below is kept as it is.">
        <SecretForm />
      </Dialog>
    );
  }
  return (
    <main className={style.screen}>
      <div className={style.card}>
        <div className={style.mark}>
          <KeyRound aria-hidden="true" />
        </div>
        <h1>Sign in to Conjoin</h1>
        <p className={style.text}>
          {secret === null ? 'This gateway asks for its admin secret.' : 'The gateway does not take the secret that this browser has.'}
        </p>
        <SecretForm />
      </div>
    </main>
  );
}

function SecretForm() {
  const { isRemembered } = useSession();
  const [secret, setSecret] = useState('');
  const [isKept, setIsKept] = useState(isRemembered);
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [failure, setFailure] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (isBusy) return;
    setIsBusy(true);
    setFailure(null);
    try {
      const refusal = await checkSecret(secret);
      setRefusal(refusal);
      if (refusal === null) {
        signIn(secret, isKept);
        await queryClient.invalidateQueries();
      }
    } catch (error) {
      setFailure(error);
    } finally {
      setIsBusy(false);
    }
  };

  return (
    <form className={style.form} onSubmit={submit}>
      <TextField
        label="Admin secret"
        type="password"
        autoComplete="current-password"
        autoFocus
        required
        value={secret}
        onChange={setSecret}
        error={refusal && `The gateway refuses it: ${refusal}`}
        hint={
          <>
            The value of <code>--admin-secret</code> or <code>CONJOIN_ADMIN_SECRET</code>.
          </>
        }
      />
      <Checkbox label="Remember on this device" hint="Otherwise it is forgotten with this tab." isChecked={isKept} onChange={setIsKept} />
      {failure !== null && <ErrorPanel title="Could not sign in" error={failure} />}
      <Button kind="primary" type="submit" isBusy={isBusy}>
        Sign in
      </Button>
    </form>
  );
}
