const number = /^[A-Za-z0-9+*._-]{1,64}$/;
const requestUser = /^(\S+ sips?:)[^\s@]+(?=@)/i;
const toUser = /^((?:to|t)[ \t]*:.*?\bsips?:)[^\s@>]+(?=@)/im;

/**
 * dialled is the request that a phone would have sent that dials another number: request URI and To have another user,
 * all else stays. It throws where the number can't stand in a SIP URI as it is, or where the text is no such request.
 */
export function dialled(sip: string, user: string): string {
  if (!number.test(user)) throw new Error("A number to dial has letters, digits and + * . _ -, 64 of them at most.");
  if (!requestUser.test(sip)) throw new Error("This message isn't a request to a number that may be another.");
  const other = (_: string, before: string): string => before + user;
  return sip.replace(requestUser, other).replace(toUser, other);
}
