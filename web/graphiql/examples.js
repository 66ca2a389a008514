import functions from './examples/functions.graphql';
import functionBySlug from './examples/function-by-slug.graphql';
import functionBySlugVariables from './examples/function-by-slug.variables.json';
import eventPage from './examples/event-page.graphql';
import eventPageVariables from './examples/event-page.variables.json';
import search from './examples/search.graphql';
import searchVariables from './examples/search.variables.json';
import homepage from './examples/homepage.graphql';
import paging from './examples/paging.graphql';
import pagingVariables from './examples/paging.variables.json';
import node from './examples/node.graphql';
import nodeVariables from './examples/node.variables.json';
import clock from './examples/clock.graphql';

/** The tabs of the first visit, in their order. A tab is named after the first operation of its document. */
export const examples = [
  tab(functions),
  tab(functionBySlug, functionBySlugVariables),
  tab(eventPage, eventPageVariables),
  tab(search, searchVariables),
  tab(homepage),
  tab(paging, pagingVariables),
  tab(node, nodeVariables),
  tab(clock),
];

function tab(query, variables) {
  return { query, variables: variables && JSON.stringify(variables, null, 2) };
}
