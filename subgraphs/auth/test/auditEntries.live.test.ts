import { localCarrier } from '../../../shared/carrierLocal.ts';
import { auditEntriesSuite } from './auditEntriesSuite.ts';

describe('audit entries in one process', () => auditEntriesSuite(async () => localCarrier()));
