// The gateway's switches in words.

export interface Switch {
  label: string;
  value: string;
  /** The option that sets it, of `conjoin serve`. */
  option: string;
}

const SWITCHES: { key: string; label: string; option: string; on: string; off: string }[] = [
  { key: 'is_admin_secret_set', label: 'Admin secret', option: '--admin-secret', on: 'set', off: 'none: everybody who reaches the gateway is admin' },
  { key: 'is_jwt_set', label: 'Tokens (JWT)', option: '--jwt-secret', on: 'read', off: 'not read' },
  { key: 'is_auth_hook_set', label: 'Authentication webhook', option: '--auth-hook', on: 'asked', off: 'none' },
  { key: 'is_remote_schema_permissions_enabled', label: 'Permissions', option: '--remote-schema-permissions', on: 'in force', off: 'off: every role sees everything' },
  { key: 'is_allow_list_enabled', label: 'Allow list', option: '--enable-allowlist', on: 'in force', off: 'off' },
  { key: 'console_read_only', label: 'This console', option: '--console-read-only', on: 'may only look', off: 'may change the metadata' },
];

/** The switches in words. Those that the gateway does not tell are left out. */
export function switchesOf(config: Readonly<Record<string, unknown>>): Switch[] {
  return SWITCHES.flatMap(({ key, label, option, on, off }) => {
    const value = config[key];
    return typeof value === 'boolean' ? [{ label, option, value: value ? on : off }] : [];
  });
}
