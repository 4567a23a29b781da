// The gateway writes operations without any blanks. This is for reading them.
import { useEffect, useState } from 'react';

/** The operation in lines; as it is until the printer is loaded, or when it cannot be read. */
export function useOperationText(operation: string): string {
  const [shown, setShown] = useState({ of: '', text: '' });
  useEffect(() => {
    let isCurrent = true;
    void import('graphql').then(({ parse, print }) => {
      if (isCurrent) setShown({ of: operation, text: inLines(operation, (text) => print(parse(text))) });
    });
    return () => {
      isCurrent = false;
    };
  }, [operation]);
  return shown.of === operation ? shown.text : operation;
}

/** Comments are kept: in them are the variables. */
export function inLines(operation: string, print: (text: string) => string): string {
  const comments = operation.split('\n').filter((line) => line.startsWith('#'));
  try {
    return [print(operation), ...comments].join('\n\n');
  } catch {
    return operation;
  }
}
