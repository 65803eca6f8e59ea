import { localCarrier } from '../../../shared/delivery/carrierLocal.ts';
import { deliverySuite } from './deliverySuite.ts';

describe('events in one process', () => deliverySuite(async () => localCarrier()));
