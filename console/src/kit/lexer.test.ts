import { expect, test } from 'vitest';
import { tokens, type CodeLanguage } from './lexer';

/** `keyword:query` and so on, without what is plain. */
function marked(text: string, language: CodeLanguage) {
  return tokens(text, language)
    .filter(({ kind }) => kind !== 'plain')
    .map(({ kind, text }) => `${kind}:${text}`);
}

const SAMPLES: Record<CodeLanguage, string> = {
  graphql: 'query GetTrip($code: ID!) { country(code: $code, n: -1.5e3) { name @skip(if: true) } } # end\n"""doc\n"quoted"\n""" type A { b: "x\\"y" }',
  json: '{"a": [1, -2.5e1, "b\\"c", true, null], "d": {}}',
  yaml: '# top\n- name: weather\n  url: "http://x/#y"\n  timeout_seconds: 60\n  on: true\n  list: [1, a]',
  shell: 'curl -X POST "$URL" --data \'{"a":1}\' # go\nconjoin schema list | jq .',
  text: 'anything at all',
};

test('tokens put together are the text', () => {
  for (const language of ['graphql', 'json', 'yaml', 'shell', 'text'] as const) {
    for (let end = 0; end <= SAMPLES[language].length; end++) {
      const text = SAMPLES[language].slice(0, end);
      expect(tokens(text, language).map((token) => token.text).join('')).toBe(text);
    }
  }
});

test('GraphQL: a field called like a keyword in a longer word is no keyword', () => {
  expect(marked('{ typed queryRoot(on_off: 1) }', 'graphql')).toEqual(['number:1']);
  expect(marked('query A($b: Int) # c', 'graphql')).toEqual(['keyword:query', 'type:A', 'variable:$b', 'type:Int', 'comment:# c']);
});

test('GraphQL: quotes within a block string do not end it', () => {
  expect(marked('"""say "hi" """ scalar D', 'graphql')).toEqual(['string:"""say "hi" """', 'keyword:scalar', 'type:D']);
});

test('JSON: keys are told from strings', () => {
  expect(marked('{"a": "b", "c": 1}', 'json')).toEqual(['variable:"a"', 'string:"b"', 'variable:"c"', 'number:1']);
});

test('YAML: an address has no comment in it, and no key', () => {
  expect(marked('url: http://a/b#c', 'yaml')).toEqual(['variable:url']);
  expect(marked('- name: x # y', 'yaml')).toEqual(['variable:name', 'comment:# y']);
});

test('shell: commands, flags, variables', () => {
  expect(marked('conjoin schema add --name "$N"', 'shell')).toEqual(['keyword:conjoin', 'type:--name', 'string:"$N"']);
});
