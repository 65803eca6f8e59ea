import Fastify from 'fastify';
import mercurius from '@mercuriusjs/gateway';
import { asked, serving } from '../../child.ts';

const services = [...asked.supergraph.matchAll(/@join__graph\(\s*name: "(\w+)",\s*url: "([^"]+)"/g)];
const app = Fastify();
app.register(mercurius, {
  gateway: { services: services.map(([, name, url]) => ({ name, url })) },
});
await app.listen({ host: '127.0.0.1', port: 0 });
serving(`http://127.0.0.1:${app.server.address().port}/graphql`);
