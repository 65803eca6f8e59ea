/** The place in a player's stream that a cursor of progress names. */
export const openPlace = (cursor: string): number => Number(Buffer.from(cursor, 'base64url').toString().split(':')[1]);
