// Who the console is to the gateway: the admin secret, and the role that the API page plays.
//
// A request that is refused waits in `signedIn` until the person has given a secret, and is then sent again. That is how a secret that
// expires in the middle of an edit costs neither the page nor what was typed into it.
import { createStore, useStore } from '../store';

export interface SessionVariable {
  name: string;
  value: string;
}

export interface Session {
  secret: string | null;
  /** Whether the secret outlives the tab. */
  isRemembered: boolean;
  /** Whether the gateway has answered anything in this tab, so that there is a page to keep. */
  wasAccepted: boolean;
  /** What the gateway said when it refused; a secret is asked for while this is set. */
  refusal: string | null;
  /** The role of the API page. */
  role: string;
  /** Session variables of that role. */
  variables: SessionVariable[];
}

const SECRET = 'conjoin.adminSecret';
const ROLE = 'conjoin.role';

export const session = createStore<Session>({
  secret: sessionStorage.getItem(SECRET) ?? localStorage.getItem(SECRET),
  isRemembered: localStorage.getItem(SECRET) !== null,
  wasAccepted: false,
  refusal: null,
  ...storedRole(),
});

export const useSession = () => useStore(session);

let asked: Promise<void> | null = null;
let settle = () => {};

/** Settles when there is a secret that the gateway takes. */
export function signedIn(refusal: string): Promise<void> {
  asked ??= new Promise((resolve) => {
    settle = resolve;
    session.set({ refusal });
  });
  return asked;
}

/** Takes a secret that the gateway has accepted. */
export function signIn(secret: string, isRemembered: boolean) {
  forget();
  (isRemembered ? localStorage : sessionStorage).setItem(SECRET, secret);
  session.set({ secret, isRemembered, refusal: null });
  settle();
  asked = null;
}

/** Forgets the secret and starts anew, so that nothing that was read with it stays in memory. */
export function signOut() {
  forget();
  location.reload();
}

export function playRole(role: string, variables: SessionVariable[]) {
  sessionStorage.setItem(ROLE, JSON.stringify({ role, variables }));
  session.set({ role, variables });
}

/** Headers that the API page sends to be this role. */
export function roleHeaders({ role, variables }: Pick<Session, 'role' | 'variables'>): Record<string, string> {
  if (role === 'admin') return {};
  const named = variables.filter(({ name }) => name.trim() !== '');
  return { 'x-hasura-role': role, ...Object.fromEntries(named.map(({ name, value }) => [name.trim().toLowerCase(), value])) };
}

function forget() {
  sessionStorage.removeItem(SECRET);
  localStorage.removeItem(SECRET);
}

function storedRole(): Pick<Session, 'role' | 'variables'> {
  const nobody = { role: 'admin', variables: [] };
  try {
    return { ...nobody, ...JSON.parse(sessionStorage.getItem(ROLE) ?? '{}') };
  } catch {
    return nobody;
  }
}
