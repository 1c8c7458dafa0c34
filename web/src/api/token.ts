// The bearer token. It is kept in memory, and for this tab only where the operator asks for that; it goes into the
// Authorization header and into no address.

const kept = "dispatcher.token";
let token = sessionStorage.getItem(kept) ?? "";

/** authorization returns the headers that show who calls; none where there is no token. */
export function authorization(): Record<string, string> {
  return token === "" ? {} : { Authorization: "Bearer " + token };
}

/** useToken takes a token, and keeps it over a reload of the page where keep is set. */
export function useToken(value: string, keep: boolean): void {
  token = value;
  if (keep && value !== "") sessionStorage.setItem(kept, value);
  else sessionStorage.removeItem(kept);
}

/** hasToken reports whether a token is sent. */
export const hasToken = (): boolean => token !== "";
