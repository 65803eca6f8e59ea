import { localCarrier } from '../../shared/delivery/carrierLocal.ts';
import { goldenSuite } from './goldenSuite.ts';

describe('the golden trace in one process', () => goldenSuite(async () => ({ carrier: async () => localCarrier() })));
