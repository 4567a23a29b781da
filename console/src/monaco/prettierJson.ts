// GraphiQL formats JSON with Prettier's Babel parser: half a megabyte for one button. This plugin for Prettier takes the parser's place.
import { applyEdits, format, parse, printParseErrorCode, type ParseError } from 'jsonc-parser';

interface Formatted {
  type: 'formatted';
  text: string;
}

const jsonc = {
  astFormat: 'formatted',
  parse(text: string): Formatted {
    const errors: ParseError[] = [];
    parse(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
    const [error] = errors;
    if (error) throw new SyntaxError(`${printParseErrorCode(error.error)} at character ${error.offset + 1}`);
    return { type: 'formatted', text: applyEdits(text, format(text, undefined, { tabSize: 2, insertSpaces: true, eol: '\n' })) };
  },
  locStart: () => 0,
  locEnd: ({ text }: Formatted) => text.length,
};

export const parsers = { jsonc };
export const printers = { formatted: { print: ({ node }: { node: Formatted }) => node.text } };
export const languages = [];
export default { printers, parsers, languages };
