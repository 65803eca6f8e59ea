import { useSession } from '../signedIn.tsx';
import { SignIn } from './signIn.tsx';
import { Hall } from './hall.tsx';

/** Signed out there is the sign-in page, signed in the hall. */
export function Game() {
  const session = useSession();
  return session ? <Hall session={session} /> : <SignIn />;
}
