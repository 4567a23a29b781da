export function SchemaSettings() {
  return <h2>Settings</h2>;
}
