export function SchemaOverview() {
  return <h2>Overview</h2>;
}
