// The register of companies: Apollo Server, with a filter object, an enum argument and coded errors.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { GraphQLError } from 'graphql'

const companies = [
  { id: 'c1', name: 'Acme', size: 'LARGE', ownerId: 1 },
  { id: 'c2', name: 'Globex', size: 'SMALL', ownerId: null },
]

const typeDefs = /* GraphQL */ `
  type Query {
    company(id: ID!): Company
    companies(filter: CompanyFilter!, limit: Int = 5): [Company!]!
    bySize(size: Size!): [Company!]!
  }
  input CompanyFilter { id: IdFilter  name: String }
  input IdFilter { eq: ID  in: [ID!] }
  enum Size { SMALL LARGE }
  "A company."
  type Company { id: ID!  name: String!  size: Size!  ownerId: Int }
`

const resolvers = {
  Query: {
    company: (_, { id }) => {
      if (id === 'c9') {
        throw new GraphQLError('the file of company c9 is sealed', { extensions: { code: 'SEALED', since: 1999 } })
      }
      return companies.find((company) => company.id === id)
    },
    companies: (_, { filter, limit }) =>
      companies
        .filter((company) => !filter.id?.eq || company.id === filter.id.eq)
        .filter((company) => !filter.id?.in || filter.id.in.includes(company.id))
        .filter((company) => !filter.name || company.name === filter.name)
        .slice(0, limit),
    bySize: (_, { size }) => companies.filter((company) => company.size === size),
  },
}

const log = {
  async requestDidStart({ request }) {
    console.log('operation ' + JSON.stringify(request.query))
  },
}
const server = new ApolloServer({
  typeDefs,
  resolvers,
  introspection: true,
  includeStacktraceInErrorResponses: false,
  plugins: [log],
})
const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } })
console.log(`listening ${url}`)

// The test holds the other end: when it is gone, so is this server.
process.stdin.on('end', () => process.exit()).resume()
