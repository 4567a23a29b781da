export function SchemaCustomize() {
  return <h2>Customize</h2>;
}
