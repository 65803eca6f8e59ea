import { useSession } from '../signedIn.tsx';
import { Entrance } from './entrance.tsx';
import { Hall } from './hall.tsx';

/** Outside there is the entrance, inside the hall. */
export function Game() {
  const session = useSession();
  return session ? <Hall session={session} /> : <Entrance />;
}
