import { printSchema, validateSchema } from 'graphql';
import { atOnce } from '../../execution/steps.ts';
import { readSupergraph } from '../../supergraph/readSupergraph.ts';
import { commonSupergraphs } from './supergraphs/common.ts';
import { compose } from './supergraphs/compose.ts';
import { unusualSupergraphs } from './supergraphs/shapes.ts';

test.each(Object.entries({ ...commonSupergraphs, ...unusualSupergraphs }))(
  'what was checked elsewhere is read as the same schema of clients: %s',
  (_, subgraphs) => {
    const sdl = compose(subgraphs);
    for (const defer of [false, true]) {
      const { api, apiSchema } = atOnce(readSupergraph(sdl, { defer }));
      const checked = atOnce(readSupergraph(sdl, { defer, isChecked: true }));
      const usual = printSchema(api.toGraphQLJSSchema({ includeDefer: defer }));
      expect(printSchema(apiSchema)).toBe(usual);
      expect(printSchema(checked.apiSchema)).toBe(usual);
      expect(validateSchema(checked.apiSchema)).toEqual([]);
    }
  },
);
