// The little of a browser that modules want when they are loaded. Unit tests are of logic; pages are tested in a real browser.

function storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const values = new Map<string, string>();
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}

Object.assign(globalThis, {
  document: { baseURI: 'http://gateway.test/prefix/console/', documentElement: { dataset: {} } },
  sessionStorage: storage(),
  localStorage: storage(),
  matchMedia: () => ({ matches: false, addEventListener: () => undefined }),
});
