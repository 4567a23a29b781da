export function RelationshipTable() {
  return <h2>Relationships</h2>;
}
