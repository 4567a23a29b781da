import { expect, test } from 'vitest';
import { readEvents } from './eventStream';

async function read(...chunks: string[]) {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      controller.close();
    },
  });
  const events = [];
  for await (const event of readEvents(body)) events.push(event);
  return events;
}

test('events are read wherever the stream is cut', async () => {
  const text = ': hello\n\nevent: metadata\ndata: {"resource_version":7}\n\nevent: trace\ndata: {"id":1}\n\n';
  const expected = [
    { event: 'metadata', data: '{"resource_version":7}' },
    { event: 'trace', data: '{"id":1}' },
  ];
  for (let cut = 0; cut <= text.length; cut++) expect(await read(text.slice(0, cut), text.slice(cut))).toEqual(expected);
});

test('lines may end in CR LF, and data may have several', async () => {
  expect(await read('event: a\r\ndata: 1\r\ndata:2\r\n\r\n')).toEqual([{ event: 'a', data: '1\n2' }]);
});

test('an event that is cut off by the end is not taken', async () => {
  expect(await read('event: a\ndata: 1\n')).toEqual([]);
});
