// Every address of the console. Pages are loaded when they are opened; what a person may share of their state is typed here, as search parameters.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { consolePath } from './base';
import { NotFound } from './NotFound';
import { PageFailure } from './PageFailure';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** Search parameters of these names that are texts; others are left out of the address. */
function texts<Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [name in Name]?: string } => {
    const found: { [name in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      // The router reads `?focus=1` as a number.
      if (typeof value === 'string' || typeof value === 'number') found[name] = String(value);
    }
    return found;
  };
}

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/Overview'), 'Overview'),
});

const schemas = createRoute({
  getParentRoute: () => root,
  path: '/schemas',
  validateSearch: texts('search'),
  component: lazyRouteComponent(() => import('../pages/schemas/SchemaList'), 'SchemaList'),
});

const newSchema = createRoute({
  getParentRoute: () => root,
  path: '/schemas/new',
  validateSearch: texts('url', 'from'),
  component: lazyRouteComponent(() => import('../pages/schemas/NewSchema'), 'NewSchema'),
});

const schema = createRoute({
  getParentRoute: () => root,
  path: '/schemas/$name',
  component: lazyRouteComponent(() => import('../pages/schemas/SchemaDetail'), 'SchemaDetail'),
});

const schemaTabs = [
  createRoute({
    getParentRoute: () => schema,
    path: '/',
    beforeLoad: ({ params }) => {
      throw redirect({ to: '/schemas/$name/overview', params, replace: true });
    },
  }),
  createRoute({
    getParentRoute: () => schema,
    path: 'overview',
    validateSearch: texts('added'),
    component: lazyRouteComponent(() => import('../pages/schemas/SchemaOverview'), 'SchemaOverview'),
  }),
  createRoute({
    getParentRoute: () => schema,
    path: 'schema',
    validateSearch: texts('type', 'search'),
    component: lazyRouteComponent(() => import('../pages/schemas/SchemaBrowser'), 'SchemaBrowser'),
  }),
  createRoute({
    getParentRoute: () => schema,
    path: 'relationships',
    component: lazyRouteComponent(() => import('../pages/relationships/RelationshipTable'), 'RelationshipTable'),
  }),
  createRoute({
    getParentRoute: () => schema,
    path: 'permissions',
    component: lazyRouteComponent(() => import('../pages/permissions/SchemaPermissions'), 'SchemaPermissions'),
  }),
  createRoute({
    getParentRoute: () => schema,
    path: 'customize',
    component: lazyRouteComponent(() => import('../pages/schemas/SchemaCustomize'), 'SchemaCustomize'),
  }),
  createRoute({
    getParentRoute: () => schema,
    path: 'settings',
    component: lazyRouteComponent(() => import('../pages/schemas/SchemaSettings'), 'SchemaSettings'),
  }),
] as const;

const newRelationship = createRoute({
  getParentRoute: () => root,
  path: '/schemas/$name/relationships/new',
  validateSearch: texts('type', 'field', 'target', 'suggestion'),
  component: lazyRouteComponent(() => import('../pages/relationships/NewRelationship'), 'NewRelationship'),
});

const editRelationship = createRoute({
  getParentRoute: () => root,
  path: '/schemas/$name/relationships/$type/$rel',
  component: lazyRouteComponent(() => import('../pages/relationships/EditRelationship'), 'EditRelationship'),
});

const suggestions = createRoute({
  getParentRoute: () => root,
  path: '/suggestions',
  validateSearch: texts('schema'),
  component: lazyRouteComponent(() => import('../pages/suggestions/Suggestions'), 'Suggestions'),
});

const graph = createRoute({
  getParentRoute: () => root,
  path: '/graph',
  validateSearch: texts('focus', 'role', 'view', 'broken'),
  component: lazyRouteComponent(() => import('../pages/graph/Graph'), 'Graph'),
});

const api = createRoute({
  getParentRoute: () => root,
  path: '/api',
  validateSearch: ({ variables, ...search }: Record<string, unknown>) => ({
    ...texts('query', 'op')(search),
    // Written by hand they are JSON, which the router has read already.
    ...texts('variables')({ variables: typeof variables === 'object' ? JSON.stringify(variables, null, 2) : variables }),
  }),
  component: lazyRouteComponent(() => import('../pages/api/Api'), 'Api'),
});

const traces = createRoute({
  getParentRoute: () => root,
  path: '/traces',
  component: lazyRouteComponent(() => import('../pages/traces/Traces'), 'Traces'),
});

const trace = createRoute({
  getParentRoute: () => root,
  path: '/traces/$id',
  component: lazyRouteComponent(() => import('../pages/traces/TraceDetail'), 'TraceDetail'),
});

const permissions = createRoute({
  getParentRoute: () => root,
  path: '/permissions',
  component: lazyRouteComponent(() => import('../pages/permissions/PermissionMatrix'), 'PermissionMatrix'),
});

const permission = createRoute({
  getParentRoute: () => root,
  path: '/permissions/$role/$schema',
  validateSearch: texts('tab'),
  component: lazyRouteComponent(() => import('../pages/permissions/PermissionEditor'), 'PermissionEditor'),
});

const metadata = createRoute({
  getParentRoute: () => root,
  path: '/metadata',
  beforeLoad: () => {
    throw redirect({ to: '/metadata/$tab', params: { tab: 'status' }, replace: true });
  },
});

const metadataTab = createRoute({
  getParentRoute: () => root,
  path: '/metadata/$tab',
  validateSearch: texts('from', 'to'),
  component: lazyRouteComponent(() => import('../pages/metadata/Metadata'), 'Metadata'),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('../pages/settings/Settings'), 'Settings'),
});

const pages = [
  overview,
  schemas,
  newSchema,
  schema.addChildren(schemaTabs),
  newRelationship,
  editRelationship,
  suggestions,
  graph,
  api,
  traces,
  trace,
  permissions,
  permission,
  metadata,
  metadataTab,
  settings,
] as const;

const routeTree = root.addChildren(pages);

// Shows every component of the kit. Not part of what is shipped.
if (import.meta.env.DEV) {
  const component = lazyRouteComponent(() => import('../kit/KitPage'), 'KitPage');
  root.addChildren([...pages, createRoute({ getParentRoute: () => root, path: '/_kit', component })]);
}

export const router = createRouter({
  routeTree,
  basepath: consolePath,
  defaultPreload: 'intent',
  defaultErrorComponent: PageFailure,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
