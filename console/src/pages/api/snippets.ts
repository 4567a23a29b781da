// An operation as a program. Secrets are read from the environment, so that a snippet can be shown to anybody.

export interface Operation {
  url: string;
  query: string;
  /** As JSON, or nothing. */
  variables: unknown;
  operationName: string | null;
  headers: Header[];
}

export interface Header {
  name: string;
  value: HeaderValue;
}

type HeaderValue = { text: string } | { variable: string };

const SECRET = /secret|token|authorization|cookie|password|api-?key/i;

/** A header, with the name of an environment variable in place of a secret. */
export function headerOf(name: string, value: string): Header {
  if (name.toLowerCase() === 'x-hasura-admin-secret') return { name, value: { variable: 'CONJOIN_ADMIN_SECRET' } };
  const variable = name.toUpperCase().replaceAll(/\W/g, '_');
  return { name, value: SECRET.test(name) ? { variable } : { text: value } };
}

function bodyOf({ query, variables, operationName }: Operation): Record<string, unknown> {
  return { query, ...(variables ? { variables } : {}), ...(operationName ? { operationName } : {}) };
}

export function curl(operation: Operation): string {
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const headers = operation.headers.map(({ name, value }) => ('text' in value ? `  -H ${quoted(`${name}: ${value.text}`)} \\` : `  -H "${name}: $${value.variable}" \\`));
  return [`curl ${quoted(operation.url)} \\`, ...headers, `  -d ${quoted(JSON.stringify(bodyOf(operation), null, 2))}`].join('\n');
}

export function javascript(operation: Operation): string {
  const headers = operation.headers.map(({ name, value }) => `    ${JSON.stringify(name)}: ${'text' in value ? JSON.stringify(value.text) : `process.env.${value.variable}`},`);
  return [
    `const response = await fetch(${JSON.stringify(operation.url)}, {`,
    '  method: "POST",',
    '  headers: {',
    ...headers,
    '  },',
    `  body: JSON.stringify(${indented(JSON.stringify(bodyOf(operation), null, 2))}),`,
    '});',
    'const { data, errors } = await response.json();',
    '',
  ].join('\n');
}

export function python(operation: Operation): string {
  const headers = operation.headers.map(({ name, value }) => `    ${JSON.stringify(name)}: ${'text' in value ? JSON.stringify(value.text) : `os.environ["${value.variable}"]`},`);
  // JSON in a text: Python has other words for true, false and null.
  const body = JSON.stringify(bodyOf(operation), null, 2);
  return [
    'import json',
    'import os',
    'import urllib.request',
    '',
    `body = ${JSON.stringify(body)}`,
    'headers = {',
    ...headers,
    '}',
    `request = urllib.request.Request(${JSON.stringify(operation.url)}, data=body.encode(), headers=headers)`,
    'with urllib.request.urlopen(request) as response:',
    '    print(json.load(response))',
    '',
  ].join('\n');
}

export function rust(operation: Operation): string {
  const headers = operation.headers.map(({ name, value }) => `        .header(${raw(name)}, ${'text' in value ? raw(value.text) : `std::env::var("${value.variable}")?`})`);
  return [
    '// reqwest = { version = "0.12", features = ["blocking"] }',
    'fn main() -> Result<(), Box<dyn std::error::Error>> {',
    '    let response = reqwest::blocking::Client::new()',
    `        .post(${raw(operation.url)})`,
    ...headers,
    `        .body(${raw(JSON.stringify(bodyOf(operation)))})`,
    '        .send()?;',
    '    println!("{}", response.text()?);',
    '    Ok(())',
    '}',
    '',
  ].join('\n');
}

/** A raw string of Rust, with as many hashes as it takes. */
function raw(text: string): string {
  if (!/["\\\n]/.test(text)) return `"${text}"`;
  const longest = Math.max(0, ...[...text.matchAll(/"(#*)/g)].map(([, hashes = '']) => hashes.length + 1));
  const hashes = '#'.repeat(Math.max(1, longest));
  return `r${hashes}"${text}"${hashes}`;
}

const indented = (text: string) => text.replaceAll('\n', '\n  ');
