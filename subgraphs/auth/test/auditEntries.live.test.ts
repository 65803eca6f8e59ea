import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { auditEntriesSuite } from './auditEntriesSuite.ts';

describe('audit entries in one process', () => auditEntriesSuite(async () => localCarrier()));
