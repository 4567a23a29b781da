// What a person can do about an error, for the codes with one answer wherever they occur. Texts of more length are in docs/errors.md.

const HELP: Record<string, string> = {
  unreachable: 'Nothing that you typed is lost. The console keeps trying; look whether the gateway runs, and whether this machine reaches it.',
  unexpected: 'Look at what stands between this page and the gateway, a proxy perhaps, and whether it passes the gateway’s answers on.',
  conflict: 'Somebody else has changed the metadata meanwhile. What you see is up to date now: look at it again, then save again.',
  'access-denied': 'Sign in with an admin secret that the gateway takes.',
  'already-exists': 'Choose another name, or edit the one that is there.',
  'already-tracked': 'Choose another name, or edit the one that is there.',
  'not-exists': 'It may have been removed meanwhile. Go back to the list.',
  'dependency-error': 'Change or remove what depends on it first.',
  'console-fault': 'This is a fault of the console, not of what you did. Reload the page; if it stays, please report it with this text.',
};

export function helpOf(code: string): string | undefined {
  return HELP[code];
}
