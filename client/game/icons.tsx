/** Pictures of what can be earned; a name always stands beside them. */
interface Picture {
  size?: number;
}

export const Gem = ({ size = 20 }: Picture) => (
  <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
    <path d="M7 4h10l5 6-10 11L2 10z" fill="#35c3e8" />
    <path d="M7 4l5 6 5-6zM2 10h20L12 21z" fill="#7fe3f7" opacity=".75" />
    <path d="M8 10h8l-4 11z" fill="#fff" opacity=".55" />
  </svg>
);

const Coin = ({ size = 20 }: Picture) => (
  <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
    <circle cx="12" cy="12" r="10" fill="#e8a317" />
    <circle cx="12" cy="12" r="7.4" fill="#ffd75e" />
    <path d="M12 7.5l1.4 3 3.1.3-2.3 2.1.7 3.1-2.9-1.7L9.1 16l.7-3.1-2.3-2.1 3.1-.3z" fill="#c98500" />
  </svg>
);

const Chest = ({ size = 20 }: Picture) => (
  <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
    <path d="M3 10a5 5 0 015-5h8a5 5 0 015 5v9a1 1 0 01-1 1H4a1 1 0 01-1-1z" fill="#a0622d" />
    <path d="M3 11h18v2.5H3z" fill="#6d3f17" />
    <rect x="10" y="10" width="4" height="5.5" rx="1" fill="#ffd75e" />
  </svg>
);

export function ItemPicture({ item, size }: { item: string; size?: number }) {
  const Shown = item === 'DIAMOND' ? Gem : item === 'GOLD' ? Coin : Chest;
  return <Shown {...(size && { size })} />;
}

export const Sun = () => (
  <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
    <circle cx="12" cy="12" r="4" />
    <path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2" strokeLinecap="round" />
  </svg>
);

export const Moon = () => (
  <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="2" aria-hidden="true">
    <path d="M20 14a8 8 0 01-10-10 8 8 0 1010 10z" strokeLinejoin="round" />
  </svg>
);
