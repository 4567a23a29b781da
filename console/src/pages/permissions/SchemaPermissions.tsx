export function SchemaPermissions() {
  return <h2>Permissions</h2>;
}
