// What a remote schema is called when nobody has said: after its host.

/** Parts of host names that say nothing about what is there. */
const SAYS_NOTHING = /^(?:www|api|apis|graphql|gateway|gql|v\d+|prod|production|staging|dev|app)$/;
const ENDINGS = /^(?:com|net|org|io|dev|app|example|co|ac|gov|edu|local|internal|cluster|svc|test|localhost|[a-z]{2})$/;

/** `countries` for `https://api.countries.example/graphql`; empty while there is nothing to go by. */
export function nameFromUrl(url: string, taken: readonly string[] = []): string {
  const name = clean(fromVariable(url) ?? fromHost(url));
  return name === '' ? '' : free(name, taken);
}

/** A name that nothing has yet: `users`, `users_2`. */
export function free(name: string, taken: readonly string[]): string {
  let found = name;
  for (let number = 2; taken.includes(found); number++) found = `${name}_${number}`;
  return found;
}

/** `orders` for `{{ORDERS_URL}}/graphql`. */
function fromVariable(url: string): string | undefined {
  return /^\s*\{\{\s*(\w+?)(?:_(?:GRAPHQL|API|URL|ENDPOINT|HOST))*\s*\}\}/i.exec(url)?.[1];
}

function fromHost(url: string): string {
  const host = /^\s*(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#\s]*)(?::(\d+))?([^?#]*)/i.exec(url);
  const [, name = '', port = '', path = ''] = host ?? [];
  if (name === '') return '';
  if (name === 'localhost' || /^[\d.]+$|^\[/.test(name)) return fromPath(path) || (port === '' ? 'local' : `local_${port}`);
  const labels = name.toLowerCase().split('.');
  const telling = labels.filter((label, index) => !SAYS_NOTHING.test(label) && !(index > 0 && ENDINGS.test(label)));
  return telling[0] ?? labels[0] ?? '';
}

function fromPath(path: string): string {
  return path.toLowerCase().split('/').findLast((part) => part !== '' && !SAYS_NOTHING.test(part)) ?? '';
}

function clean(name: string): string {
  const letters = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return /^\d/.test(letters) ? `api_${letters}` : letters;
}
