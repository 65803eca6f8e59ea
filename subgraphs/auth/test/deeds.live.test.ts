import { localCarrier } from '../../../shared/carrierLocal.ts';
import { deedsSuite } from './deedsSuite.ts';

describe('deeds in one process', () => deedsSuite(async () => localCarrier()));
