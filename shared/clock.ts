/** What time it is in the game: when things happen, which quests are open, which day it is. Tokens and retries go by the real time. */
export type Clock = () => Date;

export const wallClock: Clock = () => new Date();
