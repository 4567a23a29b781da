export function SchemaBrowser() {
  return <h2>Schema</h2>;
}
