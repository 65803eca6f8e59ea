import { limiterSuite } from './limiterSuite.ts';

limiterSuite(async () => ({}));
