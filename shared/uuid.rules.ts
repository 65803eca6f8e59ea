/** A UUID in its usual form, in either case of letters. PostgreSQL would take others too, and fail on what is none. */
export const isUuid = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
