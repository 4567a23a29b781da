// An upstream request as text that can be read, and tried by hand.
import { parse, print } from 'graphql';

/** On several lines. What is no GraphQL stays as it is. */
export function readable(query: string): string {
  try {
    return print(parse(query));
  } catch {
    return query;
  }
}

/** The variables of an operation as JSON, each of them null: their values are not kept. */
export function emptyVariables(query: string): string | undefined {
  // Only a declaration has a colon behind the variable.
  const declared = [...query.matchAll(/\$(\w+)\s*:/g)].map(([, name]) => name);
  return declared.length > 0 ? JSON.stringify(Object.fromEntries(declared.map((name) => [name, null])), null, 2) : undefined;
}

/** The address is the metadata's, which names environment variables where values are secret. Headers and keys are not kept. */
export function curlOf(url: string, query: string): string {
  const variables = emptyVariables(query);
  const body = JSON.stringify({ query, variables: variables === undefined ? undefined : JSON.parse(variables) });
  const address = url.replaceAll(/["$`\\]/g, '\\$&').replaceAll(/\{\{\s*(\w+)\s*\}\}/g, '$$$1');
  return `curl "${address}" \\\n  -H 'content-type: application/json' \\\n  -d '${body.replaceAll("'", `'\\''`)}'`;
}
